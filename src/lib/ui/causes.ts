import {hostOf, placeName} from './place-name.ts';
import {printable} from '../printable.ts';
import type {ErrorReport} from '../errors.ts';
import type {DestinationReport, Report, ShardOutcome} from '../promotion/report.ts';

/** Why destinations failed, or what stopped the whole promotion; all of it is printable. */
export interface Cause {
  readonly code: string;
  readonly message: string;
  readonly suggestions: readonly string[];
  /** The destinations that it struck, by name; none where it names no destination. */
  readonly places: readonly string[];
}

/** Each cause once, with the places that it struck; what stopped the whole promotion comes last. */
export function causesOf({images, error, shards}: Report): Cause[] {
  const destinations = images.flatMap((image) => image.destinations);
  return groupedCauses(
    destinations.map((destination) => ({
      error: destination.error,
      place: placeName(destination),
      names: namesOf(destination),
    })),
    {stop: error, shards},
  );
}

/** A place, what went wrong there, if anything, and how the message may name what is the place's own. */
export interface Struck {
  readonly error: ErrorReport | null;
  readonly place: string;
  /** What is longer comes first. */
  readonly names: readonly string[];
}

/** What stopped the whole, and the shards that it was merged of. */
interface Stops {
  readonly stop: ErrorReport | null;
  readonly shards?: readonly ShardOutcome[] | undefined;
}

/** The same for places of any kind. */
export function groupedCauses(all: readonly Struck[], {stop, shards = []}: Stops): Cause[] {
  const causes = new Map<string, {error: ErrorReport; places: string[]}>();
  let stopping = '';
  for (const {error, place, names} of all) {
    if (error === null) continue;
    const key = keyOf(error, names);
    if (error.message === stop?.message) stopping = key;
    const known = causes.get(key) ?? {error, places: []};
    known.places.push(place);
    causes.set(key, known);
  }
  const struck = causes.get(stopping)?.places ?? [];
  causes.delete(stopping);
  // what the source lacks is lacking for all, and a message that is about one place names it
  const places = stop?.side === 'destination' && struck.length > 1 ? struck : [];
  const told = new Set([stop?.message, ...[...causes.values()].map(({error}) => error.message)]);
  const found = [
    ...causes.values(),
    ...stopsOf(shards).flatMap((error) => (told.has(error.message) ? [] : [{error, places: []}])),
    ...(stop === null ? [] : [{error: stop, places}]),
  ];
  return found.map(({error, places: struckBy}) => ({
    ...textsOf(error),
    // an interruption strikes whatever is not done, which has been listed
    places: error.code === 'interrupted' ? [] : [...new Set(struckBy)],
  }));
}

/** What stopped shards as a whole, each reason once. */
function stopsOf(shards: readonly ShardOutcome[]): ErrorReport[] {
  const stops = shards.flatMap(({error}) => (error === null ? [] : [error]));
  return [...new Map(stops.map((error) => [error.message, error])).values()];
}

/** What is the same for all destinations that failed for one reason: the message without the place that it names. */
function keyOf({code, message}: ErrorReport, names: readonly string[]): string {
  return names.reduce((text, name) => text.replaceAll(name, '…'), `${code} ${message}`);
}

const namesOf = ({reference, environments, stage}: DestinationReport): string[] => [
  reference,
  reference.replace(/[:@][^/]*$/, ''),
  hostOf(reference),
  ...environments,
  `(${stage})`,
];

/** Places that are named; a registry that refuses does so for thousands of edges. */
const namedAtMost = 20;

/** `prod-eu (prod), prod-us (prod) and 30 more` */
export function placesText(places: readonly string[]): string {
  const more = places.length - namedAtMost;
  return `${places.slice(0, namedAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const textsOf = ({code, message, suggestions}: ErrorReport): Omit<Cause, 'places'> => ({
  code,
  message: printable(message, 1000),
  suggestions: suggestions.map((next) => printable(next, 1000)),
});
