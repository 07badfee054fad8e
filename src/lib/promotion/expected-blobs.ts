import type {Source} from '../copy/source.ts';
import type {Target} from '../copy/target.ts';
import type {Digest} from '../oci/digest.ts';
import type {DestinationRun} from './destination-run.ts';

/**
 * Counts for each run what would happen to the blobs that are missing there: mounted from its source's registry, mounted
 * from another destination on the same registry that gets the blob first, there already as another tag of the same image gets
 * it, or copied.
 */
export function expectBlobs(runs: readonly DestinationRun[]): void {
  const arrived = new Map<Digest, Target[]>();
  for (const run of runs) {
    const {target} = run.preview;
    for (const {node, source: readAt} of run.missingBlobs) {
      const there = arrived.get(node.digest) ?? [];
      if (there.some(({key}) => key === target.key)) continue;
      const from: Source[] = [readAt, ...there];
      const isMountable = from.some((source) => target.mountableFrom(source) !== undefined);
      run.foresee(isMountable ? 'mounted' : 'copied', node);
      arrived.set(node.digest, [...there, target]);
    }
    run.foreseeAttachments();
  }
}
