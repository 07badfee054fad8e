import {formatBytes} from '../bytes.ts';
import {count} from '../count.ts';
import {outcomeLine} from '../outcome.ts';
import {printable} from '../../printable.ts';
import type {DestinationKey, PromotionEvent, PromotionListener} from '../../promotion/events.ts';
import type {DestinationReport} from '../../promotion/report.ts';

/** Destinations whose every step is worth a line, at most: of more, only what they came to. */
const stepsUpTo = 10;
/** Destinations of which each that was written to has a line, at most: of more, signs of life tell how many. */
const resultsUpTo = 100;
/** Lines about failures of so many: the report has each cause, and a registry that is away fails thousands of times. */
const failuresTold = 20;

/**
 * Progress for logs: a line for each change of state and none for single blobs, without colour or cursor movement. Of
 * many destinations only those are told that were written to or failed, of very many the first that failed.
 */
export function lineListener(write: (line: string) => void): PromotionListener {
  let destinations = 0;
  let failures = 0;
  const isNews = (event: PromotionEvent): boolean => {
    if (destinations <= stepsUpTo || event.kind === 'warning') return true;
    if (event.kind !== 'done' || isAsBefore(event.result)) return false;
    if (destinations <= resultsUpTo) return true;
    if (event.result.status === 'promoted' || event.result.status === 'skipped') return false;
    failures += 1;
    return failures <= failuresTold;
  };
  return (event) => {
    if (event.kind === 'planned') destinations = event.destinations.length;
    else if (!isNews(event)) return;
    const line = lineOf(event);
    if (line !== undefined) write(`${printable(line, 1000)}\n`);
  };
}

const isAsBefore = ({status}: DestinationReport): boolean =>
  status === 'up-to-date' || status === 'would-promote';

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
