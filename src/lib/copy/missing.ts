import {hasBlob} from '../distribution/blobs.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import type {Session} from '../distribution/session.ts';
import type {Graph} from './graph.ts';
import type {Manifest} from '../oci/manifest.ts';
import {hasManifest} from '../distribution/manifests.ts';

/** What a destination does not have yet. */
export interface Lack {
  /** Children before parents; without the root when that is there under its digest. */
  readonly manifests: readonly Manifest[];
  readonly blobs: readonly Descriptor[];
}

export const nothing: Lack = {manifests: [], blobs: []};

/** Asks for all manifests and blobs at once: one round trip, at the price of some questions too many. */
export async function lackOf(session: Session, graph: Graph): Promise<Lack> {
  const present = new Set<Digest>();
  const note = (digest: Digest) => (there: boolean) => there && present.add(digest);
  await Promise.all([
    ...graph.manifests.map(({descriptor}) =>
      hasManifest(session, descriptor.digest).then(note(descriptor.digest)),
    ),
    ...[...graph.blobs.values()].map((node) => hasBlob(session, node).then(note(node.digest))),
  ]);
  const manifests = lackingManifests(graph, present);
  const needed = new Set(
    manifests.flatMap((manifest) => [...manifest.blobs, ...manifest.children].map(({digest}) => digest)),
  );
  const blobs = [...graph.blobs.values()].filter(({digest}) => needed.has(digest) && !present.has(digest));
  return {manifests, blobs};
}

/** What is below a manifest that is there is there as well: registries refuse manifests whose content they lack. */
function lackingManifests(graph: Graph, present: ReadonlySet<Digest>): Manifest[] {
  const lacking = new Set<Digest>();
  for (const {descriptor, children} of [...graph.manifests].reverse()) {
    const wanted = descriptor.digest === graph.root.descriptor.digest || lacking.has(descriptor.digest);
    if (!wanted || present.has(descriptor.digest)) lacking.delete(descriptor.digest);
    else {
      lacking.add(descriptor.digest);
      for (const child of children) lacking.add(child.digest);
    }
  }
  return graph.manifests.filter(({descriptor}) => lacking.has(descriptor.digest));
}
