import type {Digest} from '../oci/digest.ts';
import {canonicalHost, sameRegistry} from '../oci/reference.ts';
import type {DestinationRun} from './destination-run.ts';

/**
 * Counts for each run what would happen to the blobs it lacks: mounted from the source's registry, mounted from another
 * destination on the same registry that gets the blob first, or copied.
 */
export function forecast(runs: readonly DestinationRun[]): void {
  const arrived = new Map<string, Set<Digest>>();
  for (const run of runs) {
    const {repository} = run.preview.place;
    const host = canonicalHost(repository);
    const there = arrived.get(host) ?? new Set();
    arrived.set(host, there);
    for (const node of run.lackingBlobs) {
      const mountable =
        sameRegistry(run.image.planned.source.repository, repository) || there.has(node.digest);
      run.foresee(mountable ? 'mounted' : 'copied', node);
      there.add(node.digest);
    }
    run.foreseeAttachments();
  }
}
