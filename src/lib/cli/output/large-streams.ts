import {setDefaultHighWaterMark} from 'node:stream';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {tunedFlags} from './tuned-flags.ts';

/** Bytes that each stream may hold: Node's 16 KiB make twice the system calls for layers of gigabytes. */
const streamBuffer = 1024 * 1024;

/** Tunes the process for copying gigabytes and asking thousands of questions; to be called before the first stream. */
export function tuneForLargeStreams(): void {
  setDefaultHighWaterMark(false, streamBuffer);
  endMarking();
  for (const {tuned} of tunedFlags) setFlagsFromString(tuned);
}

/**
 * Collects all garbage, which ends a marking in the background that is under way: Node 20 ended a process in the middle
 * of one ("Check failed: GreyToBlack") after that was switched off. Some 10 ms; other engines have no such function.
 */
function endMarking(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('typeof gc === "function" ? gc : undefined') as (() => void) | undefined;
  setFlagsFromString('--no-expose-gc');
  collect?.();
}
