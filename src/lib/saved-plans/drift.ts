import type {OpenedEnvironments} from '../environments/open.ts';
import type {Digest} from '../oci/digest.ts';
import type {DestinationPreview} from '../promotion/destination-preview.ts';
import type {ImagePreview} from '../promotion/preflight.ts';
import type {Drift} from './documents.ts';
import {destinationKey, type SavedDestination, type SavedPlan} from './saved-plan.ts';

/** Whether the environments repository is at another commit than the plan's. Another address of the same commit is no move. */
export function repositoryDrift(
  {environmentsRepository: saved}: SavedPlan,
  {source, commit: now}: Pick<OpenedEnvironments, 'source' | 'commit'>,
): Drift[] {
  if (saved === null) return [];
  const found = now ?? null;
  const isSame = saved.commit === found && (found !== null || saved.source === source);
  return isSame ? [] : [{side: 'environments-repository', what: source, expected: saved.commit, found}];
}

/** What destinations hold now and did not then. One that has what the plan brings there is where it is to be. */
export function destinationDrift(saved: SavedPlan, previews: readonly ImagePreview[]): Drift[] {
  return previews.flatMap(({planned, destinations}) => {
    const image = saved.images.find((one) => one.image === planned.label);
    return destinations.flatMap((preview) => {
      const before = image?.destinations.find((one) => destinationKey(one) === keyOfPreview(preview));
      if (image === undefined || before === undefined || !isKnown(preview)) return [];
      return movedAt(preview, before, image.digest);
    });
  });
}

/** A destination that was not heard, or not in full, says nothing about what it holds. */
const isKnown = ({state}: DestinationPreview): boolean => state !== 'failed' && state !== 'skipped';

const keyOfPreview = ({place}: DestinationPreview): string =>
  destinationKey({stage: place.stage ?? '', reference: place.reference});

function movedAt(preview: DestinationPreview, before: SavedDestination, digest: Digest): Drift[] {
  const {place, existingDigest: now, extraTags} = preview;
  const moved = (what: string, expected: Digest | null, found: Digest | undefined): Drift[] =>
    found === digest || found === (expected ?? undefined)
      ? []
      : [{side: 'destination', what, expected, found: found ?? null}];
  const repository = place.reference.slice(0, -place.tagOrDigest.length - 1);
  return [
    ...moved(place.reference, before.existingDigest, now),
    ...extraTags.flatMap(({tag, existingDigest}) => {
      const then = before.tags.find((one) => one.tag === tag);
      return then === undefined ? [] : moved(`${repository}:${tag}`, then.existingDigest, existingDigest);
    }),
  ];
}
