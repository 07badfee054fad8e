import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Connection} from '../access/connection.ts';
import type {Surroundings} from '../access/identities.ts';
import type {ImageName} from '../oci/reference.ts';
import {addImages, type AddedImage} from '../promoter-manifests/add.ts';
import {imageNamed, manifestToEdit, tagsNamed} from '../promoter-manifests/addition.ts';
import type {ManifestSource} from '../promoter-manifests/load.ts';
import type {PromoterManifest} from '../promoter-manifests/manifest.ts';
import {manifestIdentities} from '../promoter-manifests/places.ts';
import {resolveAtSource} from '../promoter-manifests/resolve.ts';
import type {BaseCommand} from './base-command.ts';
import {withRegistries, type NetworkFlags} from './registries.ts';
import {soundPromotions} from './sound-promotions.ts';

/** Images as they were typed, and the manifest that is to list them. */
export interface Addition {
  readonly source: ManifestSource;
  readonly project: string | undefined;
  readonly images: readonly string[];
  /** Tags that the images are to have besides their own. */
  readonly tags: readonly string[];
}

export interface Added {
  readonly file: string;
  /** Whether anything had to be written. */
  readonly changed: boolean;
  readonly images: readonly AddedImage[];
}

/** Writes images into a manifest's list. The source is asked for the digests of those that are named by a tag alone. */
export async function addToManifest(
  command: BaseCommand,
  {source, project, images: texts, tags}: Addition,
  flags: NetworkFlags,
): Promise<Added> {
  const manifest = manifestToEdit(soundPromotions(command, source).manifests, source, project);
  const more = tagsNamed(tags);
  const names = texts.map((text) => imageNamed(text, manifest));
  const identities = (surroundings: Surroundings) => manifestIdentities([manifest], surroundings);
  const images = await withRegistries(command, {flags, identities}, ({connection}) =>
    Promise.all(names.map((name) => withDigest(name, more, {manifest, connection}))),
  );
  const {imagesFile} = manifest;
  const file = path.resolve(imagesFile);
  const kind = source.kind === 'thin' ? 'file' : 'images';
  const {text, changed} = addImages(readFileSync(file, 'utf8'), {file: imagesFile, kind, images});
  if (changed) writeFileSync(file, text);
  return {file: imagesFile, changed, images};
}

async function withDigest(
  image: ImageName,
  more: readonly string[],
  {manifest, connection}: {readonly manifest: PromoterManifest; readonly connection: Connection},
): Promise<AddedImage> {
  const {name, tag, digest = await resolveAtSource(manifest, image, connection)} = image;
  return {name, digest, tags: [...new Set([...(tag === undefined ? [] : [tag]), ...more])]};
}
