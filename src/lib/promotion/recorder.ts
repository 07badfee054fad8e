import type {DestinationRun} from './destination-run.ts';
import type {Judgement} from './judgement.ts';
import type {ImagePreview} from './preflight.ts';

/** Leaves a record of what is promoted, at each destination before its tag. */
export interface Recorder {
  /** Finds out where a record is wanted. Reads only; a destination that cannot be read has failed. */
  look(images: readonly ImagePreview[]): Promise<ImagePreview[]>;
  /** Told what is about to be promoted, once that is known. */
  begin(runs: readonly DestinationRun[], judgement: Judgement | undefined): void;
  /** Writes the record that is wanted at a destination, and reads it back. Raises what keeps that from being done. */
  write(run: DestinationRun): Promise<void>;
}
