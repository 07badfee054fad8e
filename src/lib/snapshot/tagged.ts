import {tagDigest} from '../distribution/manifests.ts';
import type {Tag, RepositoryName} from '../oci/reference.ts';
import {OciError} from '../oci-error.ts';
import {nameBelow} from './from-manifests.ts';
import {refused} from './refused.ts';
import {SnapshotBuilder, type Snapshot} from './snapshot.ts';
import {pathsBelow, type SessionFor} from './take.ts';

/**
 * The images below the root that have any of the tags, with those that they have. Each tag is asked for itself: a list of
 * tags may be cut. Raises as takeSnapshot does.
 */
export async function imagesTagged(
  root: RepositoryName,
  sessionFor: SessionFor,
  tags: readonly Tag[],
): Promise<Snapshot> {
  try {
    const builder = new SnapshotBuilder();
    const paths = await pathsBelow(root, sessionFor, {images: []});
    const asked = [...paths.keys()].flatMap((path) => tags.map((tag) => ({path, tag})));
    await Promise.all(
      asked.map(async ({path, tag}) => {
        const name = nameBelow(root.path, path);
        if (name === undefined) return;
        const digest = await tagDigest(sessionFor({...root, path}), tag);
        if (digest !== undefined) builder.add(name, digest, [tag]);
      }),
    );
    return builder.sorted();
  } catch (error) {
    throw error instanceof OciError ? refused(error) : error;
  }
}
