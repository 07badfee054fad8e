import type {BlobCopier, BlobOutcome, BlobTarget} from '../copy/blob-copier.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import {Slots} from '../copy/slots.ts';
import type {Bound} from '../copy/source.ts';
import {onAbort} from '../on-abort.ts';
import type {DestinationRun, SourcedBlob} from './destination-run.ts';
import type {ImagePreview} from './preflight.ts';

export interface Deliveries {
  /** Resolves when all blobs that are missing for a run have arrived; rejects with the first failure as soon as it is known. */
  to(run: DestinationRun): Promise<void>;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
}

interface Demand extends SourcedBlob {
  /** By repository: the runs that wait for the blob there. Two tags of one image share a repository. */
  readonly targets: Map<string, DestinationRun[]>;
}

/**
 * Blobs that are begun before the source has been read for them: more than one image has, so that all of its mounts are asked
 * for at once, and few enough that what stands for them takes no memory that counts, however many images there are.
 */
const begunAtOnce = 512;

/** Brings every missing blob of all runs to where it is missing, each blob read from its source once for all of them. */
export function deliver(runs: readonly DestinationRun[], copier: BlobCopier): Deliveries {
  const parcels = new Map(runs.map((run) => [run, new Parcel(run.missingBlobs.length)]));
  const begun = new Slots(begunAtOnce);
  const onRead = () => {
    begun.give();
  };
  const bring = async ({node, source, targets}: Demand) => {
    await begun.take();
    const groups = [...targets.values()];
    const outcomes = copier.copy({node, source, targets: groups.map((one) => targetOf(one, node)), onRead});
    const told = outcomes.map(async (outcome, i) => {
      const group = groups[i] ?? [];
      const result = await outcome;
      if ('how' in result) group[0]?.received(result.how, node);
      for (const run of group) parcels.get(run)?.add(result);
    });
    await Promise.all(told);
  };
  const all = Promise.all(demandsOf(runs).map(bring));
  return {
    to: (run) => parcels.get(run)?.complete ?? Promise.resolve(),
    settled: async () => {
      await all;
    },
  };
}

/** The blobs that are missing for a run, as far as they have arrived. */
class Parcel {
  readonly complete: Promise<void>;
  #missing: number;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(missing: number) {
    this.#missing = missing;
    this.complete = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // a run may have ended otherwise, so that nobody waits
    this.complete.catch(() => undefined);
    if (missing === 0) this.#resolve();
  }

  add(outcome: BlobOutcome): void {
    this.#missing -= 1;
    if ('error' in outcome) this.#reject(outcome.error);
    else if (this.#missing === 0) this.#resolve();
  }
}

function demandsOf(runs: readonly DestinationRun[]): Demand[] {
  const demands = new Map<Digest, Demand>();
  for (const {node, source} of imageByImage(runs))
    if (!demands.has(node.digest)) demands.set(node.digest, {node, source, targets: new Map()});
  for (const run of runs) {
    const {key} = run.preview.target;
    for (const {node} of run.missingBlobs) {
      const targets = demands.get(node.digest)?.targets;
      targets?.set(key, [...(targets.get(key) ?? []), run]);
    }
  }
  return [...demands.values()];
}

/**
 * The missing blobs of one image after those of another, so that the first of many images have their tags while others wait:
 * the image with the largest blob first, and the largest blob of each.
 */
function imageByImage(runs: readonly DestinationRun[]): SourcedBlob[] {
  const images = new Map<ImagePreview, SourcedBlob[]>();
  for (const run of runs) {
    images.set(run.image, [...(images.get(run.image) ?? []), ...run.missingBlobs]);
  }
  const largestFirst = [...images.values()].map((blobs) =>
    blobs.sort((one, other) => other.node.size - one.node.size),
  );
  const size = ([largest]: SourcedBlob[]) => largest?.node.size ?? 0;
  return largestFirst.sort((one, other) => size(other) - size(one)).flat();
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
