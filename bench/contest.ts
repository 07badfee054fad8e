import type {Run} from './measure.ts';

/** One side of a comparison. */
export interface Contestant {
  /** Of the program: goals name their peer by it. */
  readonly name: string;
  /** How the table calls it. */
  readonly label: string;
  /** What is run and timed, side by side. */
  readonly runs: readonly Run[];
  /** Brings the place back to what a round starts from; not timed. */
  readonly prepare?: () => Promise<void>;
  /** After each timed run, with what each printed; throws where the work was not done, and tells what was read and found. */
  readonly verify?: (outputs: readonly string[]) => Promise<Findings>;
}

export interface Findings {
  /** The time that counts, where it is not that from the first start to the last end. */
  readonly milliseconds?: number;
  /** Bytes of blobs that the source registry sent. */
  readonly sourceBytes?: number;
  readonly counts?: Counts;
  /** What a run did that it should not have done. */
  readonly faults?: readonly string[];
}

export interface Counts {
  /** That registries answered. */
  readonly requests?: number;
  /** Trips over a far link, each begun after the one before it had ended. */
  readonly roundTrips?: number;
}

/** The greatest ratio of ours to a peer's that is wanted. */
export interface Goal {
  /** The peer's name, or whichever peer was the fastest. */
  readonly of: string;
  readonly in: 'time' | 'processor' | 'memory';
  readonly atMost: number;
}

/** What `of` says where a goal holds against whichever peer was the fastest. */
export const fastest = 'the fastest';

export interface Contest {
  readonly title: string;
  readonly ours: Contestant;
  readonly peers?: readonly Contestant[];
  /** Runs that tell what a part of our time goes to. */
  readonly parts?: readonly Contestant[];
  readonly goals?: readonly Goal[];
  /** The most time that is wanted, in milliseconds, whatever a peer takes. */
  readonly timeLimit?: number;
  /** The most memory that is wanted, in bytes. */
  readonly memoryLimit?: number;
  /** Sentences on the figures, for below the table. */
  readonly notes?: (results: Results) => readonly string[];
}

export interface Results {
  readonly ours: Figures;
  readonly peers: readonly Figures[];
  readonly parts: readonly Figures[];
}

export interface Figures {
  readonly name: string;
  readonly label: string;
  readonly milliseconds: number;
  readonly rounds: readonly number[];
  /** 0 where it is not known. */
  readonly processorMs: number;
  readonly peakBytes: number;
  readonly sourceBytes?: number;
  readonly counts: Counts;
  readonly faults: readonly string[];
}
