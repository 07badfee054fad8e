import type {Environment} from '../../environments/model.ts';
import {environmentsOf, type Destination} from '../../access/place.ts';
import {formatRepository, isLayout, locationKey} from '../../oci/reference.ts';
import {usageError} from '../../usage-error.ts';

/**
 * Merges destinations that turn out to be one repository: what is left stands for all of their environments. Raises
 * `ambiguous-place` where these say different things about it: only one of them could be followed.
 */
export function distinctPlaces(places: readonly Destination[]): Destination[] {
  const groups = new Map<string, [Destination, ...Destination[]]>();
  for (const place of places) {
    const key = locationKey(place.repository);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
  }
  return [...groups.values()].map(merged);
}

function merged([first, ...others]: readonly [Destination, ...Destination[]]): Destination {
  for (const other of others) refuseDifference(first, other);
  const environments = new Map([first, ...others].flatMap(environmentsOf).map((one) => [one.name, one]));
  const [, ...alsoFor] = environments.values();
  if (alsoFor.length === 0) return first;
  return {...first, label: [...environments.keys()].join(', '), alsoFor};
}

function refuseDifference(first: Destination, other: Destination): void {
  const [one, another] = [settingsOf(first), settingsOf(other)];
  const [difference] = one.filter((setting, index) => setting !== another[index]);
  if (difference === undefined) return;
  throw usageError(
    'ambiguous-place',
    `${first.label} and ${other.label} are one repository, ${formatRepository(first.repository)}, with different settings: ${difference} and ${another[one.indexOf(difference)] ?? ''}`,
    [
      `have ${filesOf(first, other)} say the same, or give each a repository of its own`,
      'promote to one of them with --environment',
    ],
  );
}

/** What decides how the repository is spoken to, as who, and what for. */
function settingsOf({environment, repository, stage}: Destination): string[] {
  const {credentials} = environment?.registry ?? {};
  return [
    isLayout(repository) ? 'a folder' : repository.plainHttp ? 'http' : 'https',
    credentials === undefined ? 'no credentials of its own' : `credentials: ${credentials}`,
    `stage ${stage ?? ''}`,
  ];
}

function filesOf(...places: readonly Destination[]): string {
  const environments = places
    .map(({environment}) => environment)
    .filter((one): one is Environment => one !== null);
  return environments.map(({origin}) => origin.file).join(' and ');
}
