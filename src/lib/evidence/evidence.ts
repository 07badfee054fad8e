import type {Source} from '../copy/source.ts';
import {verified} from '../distribution/blobs.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {OciError} from '../oci-error.ts';
import type {Digest} from '../oci/digest.ts';
import {attachedTo, type AttachedList} from './attached.ts';
import type {Claims} from './claim.ts';
import {readClaims} from './read-claims.ts';

/** What can be found out about a digest where it is: everything that somebody signed about it. */
export interface Evidence extends Claims {
  /** Why a registry does not tell all of it, if so. */
  readonly refused?: string;
}

/**
 * All claims about a digest where it is: in a repository, or a layout. `attached` is what stands beside it, where that is known already. Raises what
 * the wire and a failing registry raise: what cannot be read is not taken for absent.
 */
export async function gatherEvidence(
  source: Source,
  digest: Digest,
  attached?: AttachedList,
): Promise<Evidence> {
  const {list, unreadable, ...refused} = attached ?? (await attachedTo(source, digest));
  const read = await readClaims(list, (node) => wholeBlob(source, node));
  return {claims: read.claims, unreadable: [...unreadable, ...read.unreadable], ...refused};
}

/**
 * A blob as a whole, as its descriptor says. Raises `registry-error` for one that is not there although a manifest names it,
 * which says nothing about the image, and otherwise as its source and verified do.
 */
export async function wholeBlob(source: Source, node: Descriptor): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const content = verified(source.blob(node), node, {where: source.name});
  try {
    for await (const chunk of content) chunks.push(chunk);
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== 'not-found') throw error;
    throw error.with({
      code: 'registry-error',
      message: `${source.name} has a manifest that names ${node.digest}, and not that content: ${error.message}`,
      suggestions: ['have it pushed there again, or what names it removed'],
    });
  }
  return Buffer.concat(chunks);
}
