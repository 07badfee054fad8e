import {formatBytes} from './bytes.ts';
import {count} from './count.ts';
import {outcomeLine} from './outcome.ts';
import {printable} from '../printable.ts';
import type {DestinationKey, PromotionEvent, PromotionListener} from '../promotion/events.ts';

/** Destinations whose every step is worth a line, at most: of more, only what they came to. */
const stepsUpTo = 10;

/**
 * Progress for logs: a line for each change of state and none for single blobs, without colour or cursor movement. Of
 * many destinations only those are told that were written to or failed.
 */
export function lineListener(write: (line: string) => void): PromotionListener {
  let isBrief = false;
  return (event) => {
    if (event.kind === 'planned') isBrief = event.destinations.length > stepsUpTo;
    if (isBrief && !isNews(event)) return;
    const line = lineOf(event);
    if (line !== undefined) write(`${printable(line, 1000)}\n`);
  };
}

function isNews(event: PromotionEvent): boolean {
  if (event.kind !== 'done') return event.kind === 'planned' || event.kind === 'warning';
  return event.result.status !== 'up-to-date' && event.result.status !== 'would-promote';
}

/** `app:1.2.3 → prod-eu (prod)` */
function destinationName({image, environment, stage, tag}: DestinationKey): string {
  return `${image} → ${environment} (${stage ?? tag ?? 'no tag'})`;
}

function lineOf(event: PromotionEvent): string | undefined {
  switch (event.kind) {
    case 'planned':
      return planned(event);
    case 'resolved':
      return `${event.image}: ${event.reference} is ${event.digest}`;
    case 'checked':
      return `${destinationName(event)}: ${checked(event)}`;
    case 'copying':
      return `${destinationName(event)}: copying`;
    case 'tagging':
      return `${destinationName(event)}: tagging`;
    case 'done':
      return `${destinationName(event)}: ${outcomeLine(event.result)}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'blob':
    case 'sent':
      return undefined;
  }
}

function planned({dryRun, destinations}: Extract<PromotionEvent, {kind: 'planned'}>): string {
  const images = new Set(destinations.map(({image}) => image)).size;
  const what = `${count(images, 'image')} to ${count(destinations.length, 'destination')}`;
  return dryRun ? `previewing ${what}; nothing is written` : `promoting ${what}`;
}

function checked({existing, missing, missingBytes}: Extract<PromotionEvent, {kind: 'checked'}>): string {
  const there = `${count(existing, 'blob')} already there`;
  return missing === 0 ? there : `${count(missing, 'blob')} missing (${formatBytes(missingBytes)}), ${there}`;
}
