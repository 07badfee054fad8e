import {usageError} from '../usage-error.ts';
import {isTag, parseImageName, type ImageName, type Tag} from '../oci/reference.ts';
import type {ManifestSource} from './load.ts';
import type {PromoterManifest} from './manifest.ts';

/** An image as the user names it for a manifest: `name:tag`, with the source registry in front or not. */
export function imageNamed(text: string, {source}: PromoterManifest): ImageName {
  const prefix = `${source.name}/`;
  return parseImageName(text.startsWith(prefix) ? text.slice(prefix.length) : text);
}

/** The manifest to add to: the plain one, or the project's. Raises `usage`, and `unknown-project` with those there are. */
export function manifestToEdit(
  manifests: readonly PromoterManifest[],
  source: ManifestSource,
  project: string | undefined,
): PromoterManifest {
  const [only, ...others] = manifests;
  const names = manifests.map(({label}) => label).join(', ');
  if (project === undefined || source.kind === 'plain') {
    if (only !== undefined && others.length === 0) return only;
    throw usageError('usage', `expected one manifest to add to, found ${manifests.length}`, [
      source.kind === 'plain' ? 'name one file with --manifest' : `name one with --project: ${names}`,
    ]);
  }
  const found = manifests.find(({label}) => label === project);
  if (found !== undefined) return found;
  throw usageError('unknown-project', `there is no project ${JSON.stringify(project)}`, [
    `known: ${names || 'none'}`,
  ]);
}

/** More tags than the image's own. Raises `usage` for what is none. */
export function tagsNamed(tags: readonly string[]): readonly Tag[] {
  const named = tags.filter(isTag);
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong === undefined) return named;
  throw usageError('usage', `${JSON.stringify(wrong)} is no tag`, [
    'a tag has up to 128 letters, digits, dots, dashes and underscores, and starts with none of . and -',
  ]);
}
