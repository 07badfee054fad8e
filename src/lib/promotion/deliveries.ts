import type {BlobCopier, BlobOutcome, BlobTarget} from '../copy/blob-copier.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import type {Bound, Source} from '../copy/source.ts';
import {onAbort} from '../on-abort.ts';
import type {DestinationRun} from './destination-run.ts';

export interface Deliveries {
  /** The blobs that a run still waits for; each promise settles on its own. */
  of(run: DestinationRun): Promise<BlobOutcome>[];
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
}

interface Demand {
  readonly node: Descriptor;
  readonly source: Source;
  /** By repository: the runs that wait for the blob there. Two tags of one image share a repository. */
  readonly targets: Map<string, DestinationRun[]>;
}

/**
 * Brings every missing blob of all runs to where it is missing, each blob read from its source once for all of them,
 * the largest first.
 */
export function deliver(runs: readonly DestinationRun[], copier: BlobCopier): Deliveries {
  const outcomes = new Map<string, Promise<BlobOutcome>>();
  const demands = [...demandsOf(runs).values()].sort((one, other) => other.node.size - one.node.size);
  for (const {node, source, targets} of demands) {
    const waiting = [...targets.values()];
    const settled = copier.copy(
      node,
      source,
      waiting.map((group) => targetOf(group, node)),
    );
    waiting.forEach((group, i) => {
      const outcome = settled[i];
      if (outcome === undefined) return;
      void outcome.then((result) => {
        if ('how' in result) group[0]?.received(result.how, node);
      });
      for (const run of group) outcomes.set(keyOf(run, node.digest), outcome);
    });
  }
  return {
    of: (run) =>
      run.missingBlobs
        .map(({digest}) => outcomes.get(keyOf(run, digest)))
        .filter((outcome) => outcome !== undefined),
    settled: async () => {
      await Promise.all(outcomes.values());
    },
  };
}

function demandsOf(runs: readonly DestinationRun[]): Map<Digest, Demand> {
  const demands = new Map<Digest, Demand>();
  for (const run of runs) {
    for (const node of run.missingBlobs) {
      const demand = demands.get(node.digest) ?? {
        node,
        source: run.found.source,
        targets: new Map<string, DestinationRun[]>(),
      };
      const {key} = run.preview.target;
      demand.targets.set(key, [...(demand.targets.get(key) ?? []), run]);
      demands.set(node.digest, demand);
    }
  }
  return demands;
}

/**
 * The first run of a repository is told of progress; the others find the blob there. Its requests are broken off when all
 * runs have come to their end.
 */
function targetOf(group: readonly DestinationRun[], {digest}: Descriptor): BlobTarget {
  const [first] = group as [DestinationRun, ...DestinationRun[]];
  return {
    target: first.preview.target.until(boundBy(allAborted(group.map((run) => run.over)))),
    onSent: (bytes) => {
      first.sent(bytes);
    },
    unasked: group.every((run) => run.isUnasked(digest)),
    abandoned: () => group.every((run) => run.ended),
  };
}

/** One for each blob on its way, few at a time. */
const boundBy = (over: AbortSignal): Bound => ({
  beside: (run) => (run === undefined ? over : AbortSignal.any([run, over])),
});

function allAborted(signals: readonly AbortSignal[]): AbortSignal {
  const [first, ...others] = signals;
  if (first !== undefined && others.length === 0) return first;
  const controller = new AbortController();
  for (const signal of signals)
    onAbort(signal, () => {
      if (signals.every(({aborted}) => aborted)) controller.abort(signal.reason);
    });
  return controller.signal;
}

const keyOf = (run: DestinationRun, digest: Digest): string => `${run.preview.target.key} ${digest}`;
