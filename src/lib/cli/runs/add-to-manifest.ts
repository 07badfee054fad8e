import {readFileSync, realpathSync} from 'node:fs';
import path from 'node:path';
import type {Connection} from '../../access/connection.ts';
import type {Surroundings} from '../../access/identities.ts';
import {CorectlError, exitCodes} from '../../errors.ts';
import {printable} from '../../printable.ts';
import {whileLocked} from '../../process-lock.ts';
import {replaceNamedFile} from '../../replace-file.ts';
import type {ImageName, RepositoryName, Tag} from '../../oci/reference.ts';
import {addImages, type AddedImage, type Edited} from '../../promoter-manifests/add.ts';
import {imageNamed, manifestToEdit, tagsNamed} from '../../promoter-manifests/addition.ts';
import type {ManifestSource} from '../../promoter-manifests/load.ts';
import type {PromoterManifest} from '../../promoter-manifests/manifest.ts';
import {manifestIdentities, placeIn} from '../../promoter-manifests/places.ts';
import {resolveAtSource} from '../../promoter-manifests/resolve.ts';
import {imagesTagged} from '../../snapshot/tagged.ts';
import {usageError} from '../../usage-error.ts';
import type {BaseCommand} from '../base-command.ts';
import {withRegistries} from './with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';
import {soundPromotions} from './sound-promotions.ts';

/** Images as they were typed, and the manifest that is to list them. */
export interface ImagesToAdd {
  readonly source: ManifestSource;
  readonly project: string | undefined;
  /** None for every image of the source that has a tag. */
  readonly images: readonly string[];
  /** Tags that the images are to have besides their own; without images, those of the images to be added. */
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
  {source, project, images: texts, tags}: ImagesToAdd,
  flags: NetworkFlags,
): Promise<Added> {
  const manifest = manifestToEdit(soundPromotions(command, source).manifests, source, project);
  const more = tagsNamed(tags);
  const names = texts.map((text) => imageNamed(text, manifest));
  if (names.length === 0) refuseUnversioned(more);
  const identities = (surroundings: Surroundings) => manifestIdentities([manifest], surroundings);
  const images = await withRegistries(command, {flags, identities}, ({connection}) =>
    names.length === 0
      ? everyImageWith(more, {manifest, connection})
      : Promise.all(names.map((name) => withDigest(name, more, {manifest, connection}))),
  );
  const {imagesFile} = manifest;
  const kind = source.kind === 'thin' ? 'file' : 'images';
  const edit = (text: string) => addImages(text, {file: imagesFile, kind, images});
  return {file: imagesFile, changed: await editFile(path.resolve(imagesFile), edit), images};
}

/**
 * Changes a file that another corectl may change at the same time: what it adds meanwhile stays. Says whether anything had to
 * be written. Raises `file-busy`, and what the edit raises.
 */
async function editFile(file: string, edit: (text: string) => Edited): Promise<boolean> {
  const real = realpathSync(file);
  // what is listed already takes no right to write
  if (!edit(readFileSync(real, 'utf8')).changed) return false;
  const lockfilePath = path.join(path.dirname(real), `.${path.basename(real)}.corectl.lock`);
  return whileLocked(real, {lockfilePath, busy: (what) => busy(file, what)}, async (held) => {
    const {text, changed} = edit(readFileSync(real, 'utf8'));
    held();
    // a full disk leaves the old one
    if (changed) await replaceNamedFile(real, text);
    return changed;
  });
}

const busy = (file: string, what: string): Error =>
  usageError('file-busy', `another corectl changes ${printable(file)}: it ${what}`, [
    'run the same command again when it has ended',
  ]);

interface From {
  readonly manifest: PromoterManifest;
  readonly connection: Connection;
}

/** Every image of a release: one tag at least, and none that moves with the next one. */
function refuseUnversioned(tags: readonly Tag[]): void {
  if (tags.length > 0 && !tags.includes(movingTag)) return;
  const found = tags.length > 0 ? `--tag ${movingTag}, which moves` : 'neither';
  throw usageError('usage', `expected images, or the tag of a release with --tag; found ${found}`, [
    'name them: corectl manifest add app:1.2.3, or all that have a tag: corectl manifest add --tag 1.2.3',
  ]);
}

const movingTag = 'latest' as Tag;

/** The source's images that have the tags. Raises `image-not-found` (exit code 3) for a tag that none has. */
async function everyImageWith(tags: readonly Tag[], {manifest, connection}: From): Promise<AddedImage[]> {
  const {source} = manifest;
  const {host, path: below, plainHttp} = source;
  const sessionFor = (repository: RepositoryName) =>
    connection.session({...placeIn(source, ''), repository}, 'source');
  const found = await imagesTagged({host, path: below, plainHttp}, sessionFor, tags);
  const images = found.flatMap(({name, digests}) => digests.map((one) => ({name, ...one})));
  const lost = tags.find((tag) => !images.some((image) => image.tags.includes(tag)));
  if (lost !== undefined) throw noneTagged(source.name, lost);
  return images;
}

function noneTagged(source: string, tag: Tag): CorectlError {
  return new CorectlError({
    code: 'image-not-found',
    message: `no image of ${source} has the tag ${tag}`,
    suggestions: ['push them first; a registry may also hide what this identity may not read'],
    exitCode: exitCodes.imageNotFound,
    side: 'source',
  });
}

async function withDigest(
  image: ImageName,
  more: readonly string[],
  {manifest, connection}: From,
): Promise<AddedImage> {
  const {name, tag, digest = await resolveAtSource(manifest, image, connection)} = image;
  return {name, digest, tags: [...new Set([...(tag === undefined ? [] : [tag]), ...more])]};
}
