import {usageError} from '../usage-error.ts';
import type {Digest} from '../oci/digest.ts';
import {CorectlError} from '../errors.ts';
import type {PromotedImage} from './manifest.ts';
import {parseImages, parsePlain} from './parse.ts';
import {invalidManifests} from './problems-error.ts';
import {insertImage} from './yaml-insert.ts';

/** An image that is to be promoted: its digest, and the tags that it is to have. */
export interface AddedImage {
  readonly name: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
}

export interface Edited {
  readonly text: string;
  /** Whether anything had to be written. */
  readonly changed: boolean;
}

/**
 * Adds images to the text of `images.yaml`, or to the `images` of a plain manifest, each at its place: order, comments and
 * everything else stay. Raises `invalid-manifests` for a file with problems, `tag-taken` for a tag that has another digest
 * there, and `unsupported-notation`; all with exit code 2.
 */
export function addImages(
  text: string,
  {file, kind, images}: {file: string; kind: 'file' | 'images'; images: readonly AddedImage[]},
): Edited {
  let edited = text;
  for (const image of images) {
    const listed = imagesIn(edited, file, kind);
    refuseTaken(listed, image, file);
    const missing = missingOf(listed, image);
    if (missing === undefined) continue;
    const next = insertImage(edited, kind, missing);
    if (next === undefined) throw byHand(file, image);
    edited = endedAlike(edited, next);
    if (missingOf(imagesIn(edited, file, kind), image) !== undefined) throw byHand(file, image);
  }
  return {text: edited, changed: edited !== text};
}

/** What was put in, its lines ended as the first line of the file is. */
function endedAlike(before: string, after: string): string {
  if (!/^[^\n]*\r\n/.test(before)) return after;
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = 0;
  const longest = Math.min(before.length, after.length) - start;
  while (end < longest && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const [first, put, last] = [
    after.slice(0, start),
    after.slice(start, after.length - end),
    after.slice(after.length - end),
  ];
  return first + put.replace(/(?<!\r)\n/g, '\r\n') + last;
}

function imagesIn(text: string, file: string, kind: 'file' | 'images'): readonly PromotedImage[] {
  const {images, problems} = kind === 'file' ? parseImages(text, file) : parsePlain(text, file);
  if (problems.length > 0) throw invalidManifests(problems);
  return images;
}

/** The image with the tags that it lacks; undefined when there is nothing to add. */
function missingOf(listed: readonly PromotedImage[], image: AddedImage): AddedImage | undefined {
  const known = listed
    .filter(({name}) => name === image.name)
    .flatMap(({digests}) => digests)
    .filter(({digest}) => digest === image.digest);
  const tagged = new Set<string>(known.flatMap(({tags}) => tags.map(({tag}) => tag)));
  const tags = image.tags.filter((tag) => !tagged.has(tag));
  return known.length > 0 && tags.length === 0 ? undefined : {...image, tags};
}

function refuseTaken(listed: readonly PromotedImage[], {name, digest, tags}: AddedImage, file: string): void {
  for (const other of listed.filter((one) => one.name === name).flatMap(({digests}) => digests)) {
    if (other.digest === digest) continue;
    const taken = other.tags.find(({tag}) => tags.includes(tag));
    if (taken === undefined) continue;
    throw usageError(
      'tag-taken',
      `${file}:${taken.line}:${taken.column}: tag ${taken.tag} of ${name} is for ${other.digest}, expected ${digest} or none`,
      ['add the image under a new tag: a tag that was promoted is not moved'],
    );
  }
}

function byHand(file: string, {name, digest, tags}: AddedImage): CorectlError {
  return usageError('unsupported-notation', `${file} is written in a way that ${name} cannot be added to`, [
    `add it by hand: ${name}, "${digest}": ${JSON.stringify(tags)}`,
  ]);
}
