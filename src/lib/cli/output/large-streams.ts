import {setDefaultHighWaterMark} from 'node:stream';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

/** Bytes that each stream may hold: Node's 16 KiB make twice the system calls for layers of gigabytes. */
const streamBuffer = 1024 * 1024;

/** Tunes the process for copying gigabytes and asking thousands of questions; to be called before the first stream. */
export function tuneForLargeStreams(): void {
  setDefaultHighWaterMark(false, streamBuffer);
  endMarking();
  // Buffers come and go by the thousand while the heap stays small. V8 begins to mark in the background again and again
  // because of them, which takes a third of all processor time; marking at once takes milliseconds, and seldom.
  setFlagsFromString('--no-incremental-marking');
  // what is new is looked at more often, in a fraction of a millisecond, and buffers that are done with go sooner
  setFlagsFromString('--semi-space-growth-factor=1');
  // what a collection frees is freed at once: to hand thousands of buffers to another thread costs more
  setFlagsFromString('--no-concurrent-array-buffer-sweeping');
  // the heap is collected when it has grown by half, not to four times of what was in use: what requests leave behind has
  // mostly grown old with them
  setFlagsFromString('--heap-growing-percent=50');
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
