import {hostOf, placeName} from './place-name.ts';
import {printable} from '../printable.ts';
import type {DestinationReport, ErrorReport, Report, ShardOutcome} from '../promotion/report.ts';

/** Why destinations failed, or what stopped the whole promotion; all of it is printable. */
export interface Cause {
  readonly code: string;
  readonly message: string;
  readonly suggestions: readonly string[];
  /** The destinations that it struck, by name; none where it names no destination. */
  readonly places: readonly string[];
}

/** Each cause once, with the places that it struck; what stopped the whole promotion comes last. */
export function causesOf({images, error: stop, shards = []}: Report): Cause[] {
  const causes = new Map<string, {error: ErrorReport; places: string[]}>();
  let stopping = '';
  for (const destination of images.flatMap(({destinations}) => destinations)) {
    const {error} = destination;
    if (error === null) continue;
    const key = keyOf(error, destination);
    if (error.message === stop?.message) stopping = key;
    const known = causes.get(key) ?? {error, places: []};
    known.places.push(placeName(destination));
    causes.set(key, known);
  }
  const struck = causes.get(stopping)?.places ?? [];
  causes.delete(stopping);
  // what the source lacks is lacking for all, and a message that is about one place names it
  const places = stop?.side === 'destination' && struck.length > 1 ? struck : [];
  const told = new Set([stop?.message, ...[...causes.values()].map(({error}) => error.message)]);
  const all = [
    ...causes.values(),
    ...stopsOf(shards).flatMap((error) => (told.has(error.message) ? [] : [{error, places: []}])),
    ...(stop === null ? [] : [{error: stop, places}]),
  ];
  return all.map((cause) => ({...textsOf(cause.error), places: [...new Set(cause.places)]}));
}

/** What stopped shards as a whole, each reason once. */
function stopsOf(shards: readonly ShardOutcome[]): ErrorReport[] {
  const stops = shards.flatMap(({error}) => (error === null ? [] : [error]));
  return [...new Map(stops.map((error) => [error.message, error])).values()];
}

/** What is the same for all destinations that failed for one reason: the message without the place that it names. */
function keyOf({code, message}: ErrorReport, {reference, environments, stage}: DestinationReport): string {
  const parts = [
    reference,
    reference.replace(/[:@][^/]*$/, ''),
    hostOf(reference),
    ...environments,
    `(${stage})`,
  ];
  return parts.reduce((text, part) => text.replaceAll(part, '…'), `${code} ${message}`);
}

const textsOf = ({code, message, suggestions}: ErrorReport): Omit<Cause, 'places'> => ({
  code,
  message: printable(message, 1000),
  suggestions: suggestions.map((next) => printable(next, 1000)),
});
