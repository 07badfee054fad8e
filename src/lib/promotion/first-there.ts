import type {Target} from '../copy/target.ts';
import {ociError} from '../oci-error.ts';
import type {Digest} from '../oci/digest.ts';
import type {Tag} from '../oci/reference.ts';

/** Tags that are asked for together once the first is not there. */
const askedAtOnce = 20;
/** Tags of one list that may be gone before the list is taken for a false one. */
const goneAtMost = 1000;

/**
 * The first of some listed tags that points to something: registries list for a while what was deleted. Undefined where none
 * does. Raises `registry-error` for a list that goes on and on with what is not there, and what the target raises.
 */
export async function firstThere(
  target: Target,
  tags: readonly Tag[],
): Promise<{readonly tag: Tag; readonly digest: Digest} | undefined> {
  for (let asked = 0; asked < tags.length;) {
    if (asked > goneAtMost) throw falseList(target, tags.length, asked);
    // the first is mostly the one
    const some = tags.slice(asked, asked + (asked === 0 ? 1 : askedAtOnce));
    asked += some.length;
    const found = await Promise.all(
      some.map(async (tag) => {
        const digest = await target.digestOf(tag);
        return digest && {tag, digest};
      }),
    );
    const first = found.find((one) => one !== undefined);
    if (first !== undefined) return first;
  }
  return undefined;
}

function falseList({name}: Target, listed: number, gone: number): Error {
  return ociError(
    'registry-error',
    `${name} lists ${listed} versions, and the newest ${gone} are not there`,
    {
      suggestions: ['name the tag; the registry may have to be told to collect its garbage'],
    },
  );
}
