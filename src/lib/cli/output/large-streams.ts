import {setDefaultHighWaterMark} from 'node:stream';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import type {PromotionListener} from '../../promotion/events.ts';
import {tunedFlags} from './tuned-flags.ts';

/** Bytes that each stream may hold: Node's 16 KiB make twice the system calls for layers of gigabytes. */
const streamBuffer = 1024 * 1024;

/** Destinations and bytes from which a run is large: below them the tuning takes longer than it saves. */
const large = {destinations: 40, bytes: 1024 * 1024};

/**
 * A listener that tunes the process for copying gigabytes and asking thousands of questions once a run turns out to do
 * that; to be made before the first stream.
 */
export function tuningWhenLarge(): PromotionListener {
  setDefaultHighWaterMark(false, streamBuffer);
  let isTuned = false;
  let sent = 0;
  return (event) => {
    if (isTuned) return;
    if (event.kind === 'sent') sent += event.bytes;
    const destinations = event.kind === 'planned' ? event.destinations.length : 0;
    isTuned = sent >= large.bytes || destinations >= large.destinations;
    if (isTuned) tune();
  };
}

function tune(): void {
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
