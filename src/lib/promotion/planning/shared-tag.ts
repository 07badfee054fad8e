import type {Destination} from '../../access/place.ts';
import {isDigest} from '../../oci/digest.ts';
import {formatReference, locationKey} from '../../oci/reference.ts';
import {usageError} from '../../usage-error.ts';

/**
 * Raises `ambiguous-tag` where two images are to be written under one tag of one repository: which of them would stay is a
 * matter of chance.
 */
export function refuseSharedTags(
  images: readonly {readonly label: string; readonly destinations: readonly Destination[]}[],
): void {
  const writers = new Map<string, string>();
  for (const {label, destinations} of images) {
    for (const {repository, tagOrDigest, extraTags = []} of destinations) {
      for (const tag of [...(isDigest(tagOrDigest) ? [] : [tagOrDigest]), ...extraTags]) {
        const key = `${locationKey(repository)}:${tag}`;
        const first = writers.get(key) ?? label;
        if (first !== label) throw sharedTag(first, label, formatReference(repository, tag));
        writers.set(key, label);
      }
    }
  }
}

function sharedTag(first: string, second: string, reference: string): Error {
  return usageError('ambiguous-tag', `${first} and ${second} would both be written to ${reference}`, [
    'promote them one by one, or under different tags',
  ]);
}
