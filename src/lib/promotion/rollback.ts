import {CorectlError, exitCodes} from '../errors.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import {isTag, type Tag} from '../oci/reference.ts';
import {startOf, type Promotion} from '../record/promotion.ts';
import {usageError} from '../usage-error.ts';
import type {RecordedImage} from './history.ts';
import type {DestinationPreview} from './destination-preview.ts';
import type {Gate} from './run.ts';
import {placesOf} from './write-records.ts';

/** A way back: tags that are to point to what stood under them before. */
export interface Rollback {
  readonly tags: readonly [Tag, ...Tag[]];
  readonly digest: Digest;
  /** What they point to now, and since when. */
  readonly from: Digest;
  readonly since: string;
}

/**
 * What stood under the tags before the promotion that put there what they point to now, by records that are verified. Raises
 * `no-rollback` where none says so, and `ambiguous-rollback` where they say different things.
 */
export function rollbackOf(image: string, recorded: readonly RecordedImage[]): Rollback {
  const steps = recorded.flatMap(stepsAt);
  const [first] = steps;
  if (first === undefined) throw noRollback(image, recorded);
  const other = steps.find(({digest, from}) => digest !== first.digest || from !== first.from);
  if (other !== undefined) throw ambiguous(image, first, other);
  const tags = [...new Set(steps.map(({tag}) => tag))];
  const {digest, from, since} = first;
  return {tags: [first.tag, ...tags.filter((tag) => tag !== first.tag)], digest, from, since};
}

/**
 * A gate that refuses with `ambiguous-rollback` (exit code 4) where a tag points neither to what the rollback undoes nor to
 * what it returns to: no recorded promotion brought that there, and nobody has asked to undo it.
 */
export function rollbackGate({from, digest, tags: [first]}: Rollback): Gate {
  const isKnown = (found: Digest | undefined) => found === from || found === digest;
  const strayAt = ({place, existingDigest, extraTags}: DestinationPreview): string[] =>
    [{tag: first, existingDigest}, ...extraTags]
      .filter((one) => !isKnown(one.existingDigest))
      .map(({tag, existingDigest: found}) => `${place.label}: ${tag} is ${found ?? 'not there'}`);
  return {
    refusal: (previews) => {
      const stray = previews.flatMap(({destinations}) => destinations).flatMap(strayAt);
      return Promise.resolve(stray.length === 0 ? undefined : strayed(stray, {from, digest}));
    },
  };
}

interface Step {
  readonly label: string;
  readonly tag: Tag;
  readonly digest: Digest;
  readonly from: Digest;
  readonly since: string;
}

function stepsAt({place, digest, tags, records}: RecordedImage): Step[] {
  const verified = records.filter(({verifiedBy}) => verifiedBy !== undefined).map(({promotion}) => promotion);
  const newestFirst = verified.sort((one, another) => startOf(another) - startOf(one));
  return tags.flatMap((tag): Step[] => {
    const last = newestFirst.find((promotion) => promotion.tags.includes(tag) && isTo(promotion, place));
    const before = last && beforeAt(last, place)?.[tag];
    if (last === undefined || !isDigest(before) || !isTag(tag)) return [];
    return [{label: place.label, tag, digest: before, from: digest, since: last.startedAt}];
  });
}

function beforeAt(
  {destinations}: Promotion,
  place: RecordedImage['place'],
): Record<string, string> | undefined {
  const [here] = placesOf(place);
  return destinations.find(
    ({environment, stage, name}) =>
      environment === here?.environment && stage === here.stage && name === here.name,
  )?.before;
}

const isTo = (promotion: Promotion, place: RecordedImage['place']): boolean => {
  const [here] = placesOf(place);
  return promotion.destinations.some(({stage, name}) => stage === here?.stage && name === here.name);
};

function noRollback(image: string, recorded: readonly RecordedImage[]): Error {
  const records = recorded.flatMap((one) => one.records);
  const verified = records.filter(({verifiedBy}) => verifiedBy !== undefined);
  const why =
    records.length === 0
      ? 'nothing is recorded of what is there'
      : verified.length === 0
        ? 'what is recorded is signed by nobody who is trusted to'
        : 'no record says that anything else stood there before';
  return usageError('no-rollback', `${image}: there is nothing to go back to: ${why}`, [
    'corectl p2p history shows what is recorded',
    'promote a digest of your choice: corectl p2p promote NAME:TAG@DIGEST --overwrite',
  ]);
}

function ambiguous(image: string, first: Step, other: Step): Error {
  const line = ({label, tag, digest}: Step) => `${label}: ${tag} was ${digest}`;
  return usageError('ambiguous-rollback', `${image}: its tags have been different things before`, [
    `${line(first)}; ${line(other)}`,
    'name one tag, NAME:TAG, or one environment with --environment',
  ]);
}

function strayed(stray: readonly string[], {from, digest}: Pick<Rollback, 'from' | 'digest'>): CorectlError {
  return new CorectlError({
    code: 'ambiguous-rollback',
    message: `expected ${from}, or ${digest} already, under the tags everywhere; found others`,
    suggestions: [...stray, 'name one tag, NAME:TAG, or one environment with --environment'],
    exitCode: exitCodes.conflict,
    side: 'destination',
  });
}

/** The error for records that could not all be read: one of them may say that something else stood there before. */
export const unreadRollback = (image: string, untold: readonly string[]): Error =>
  usageError('no-rollback', `${image}: not all that is recorded could be read`, [
    ...untold,
    'name one tag, NAME:TAG, or promote a digest of your choice: corectl p2p promote NAME:TAG@DIGEST --overwrite',
  ]);
