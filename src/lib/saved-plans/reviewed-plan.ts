import {environmentsOf, type Destination} from '../access/place.ts';
import {imagePlace, type Plan, type PlannedImage} from '../promotion/planning/plan.ts';
import type {LeftOut} from '../environments/documents.ts';
import type {Drift} from './documents.ts';
import {destinationKey, type SavedDestination, type SavedImage, type SavedPlan} from './saved-plan.ts';

/** What is left of a saved plan, and what it did not foresee. */
export interface ReviewedPlan {
  readonly plan: Plan;
  readonly drift: readonly Drift[];
}

/**
 * The saved plan's images by their digests, to those of its destinations that its request still leads to. What a file names
 * is never followed: every place comes from the plan that was derived anew, and none that was not reviewed is in it.
 */
export function reviewedPlan(saved: SavedPlan, derived: Plan): ReviewedPlan {
  const pairs = derived.images.map((planned) => ({
    planned,
    image: saved.images.find(({image}) => image === planned.label),
  }));
  const unknown = saved.images.filter(({image}) => !pairs.some(({planned}) => planned.label === image));
  const images = pairs.flatMap(({planned, image}) => (image === undefined ? [] : [pinned(planned, image)]));
  return {
    plan: {...derived, images, leftOut: [...derived.leftOut, ...leftBehind(saved, derived, images)]},
    drift: [
      ...pairs.flatMap(({planned, image}) =>
        image === undefined ? gone(planned.source.reference, 'found') : placesMoved(planned, image),
      ),
      ...unknown.flatMap(({source}) => gone(source.reference, 'expected')),
    ],
  };
}

/**
 * The environments of the saved plan, and of the one derived anew, that none of its images is brought to by now: what is
 * neither a destination nor left out would be lost without a word.
 */
function leftBehind(
  {images: then}: SavedPlan,
  {images: now, leftOut}: Plan,
  left: readonly PlannedImage[],
): LeftOut<string>[] {
  const [planned, derived, kept] = [
    new Map(then.flatMap((one) => one.destinations).flatMap(savedPlaces)),
    new Map(now.flatMap((one) => one.destinations).flatMap(derivedPlaces)),
    new Map(left.flatMap((one) => one.destinations).flatMap(derivedPlaces)),
  ];
  const told = new Set([...kept.keys(), ...leftOut.map(placeKey)]);
  return [...new Map([...planned, ...derived])].flatMap(([key, place]) =>
    told.has(key) ? [] : [{...place, reason: planned.has(key) ? movedAway : notReviewed}],
  );
}

const movedAway = 'not where the plan has it';
const notReviewed = 'not in the plan';

type EnvironmentOfStage = Pick<LeftOut, 'environment' | 'stage'>;

const placeKey = ({environment, stage}: EnvironmentOfStage): string => JSON.stringify([environment, stage]);

const keyed = (environments: readonly string[], stage: string): [string, EnvironmentOfStage][] =>
  environments.map((environment) => [placeKey({environment, stage}), {environment, stage}]);

const savedPlaces = ({environments, stage}: SavedDestination) => keyed(environments, stage);

const derivedPlaces = (place: Destination) =>
  keyed(
    environmentsOf(place).map(({name}) => name),
    place.stage ?? '',
  );

function pinned(planned: PlannedImage, {digest, destinations}: SavedImage): PlannedImage {
  const reviewed = new Set(destinations.map(fullKey));
  return {
    ...planned,
    image: {...planned.image, digest},
    source: imagePlace(planned.source, digest),
    destinations: planned.destinations.filter((place) => reviewed.has(keyOfPlace(place))),
  };
}

function placesMoved({source, destinations}: PlannedImage, image: SavedImage): Drift[] {
  const [then, now] = [image.destinations.map(fullKey), destinations.map(keyOfPlace)];
  const lost = image.destinations.filter((one) => !now.includes(fullKey(one)));
  const added = destinations.filter((place) => !then.includes(keyOfPlace(place)));
  const read = image.source.reference;
  return [
    ...(read === source.reference
      ? []
      : [{side: 'source' as const, what: image.image, expected: read, found: source.reference}]),
    ...lost.map(({reference}) => ({
      ...{side: 'destination' as const, what: reference, expected: 'a destination', found: null},
    })),
    ...added.map(({reference}) => ({
      ...{side: 'destination' as const, what: reference, expected: null, found: 'a destination'},
    })),
  ];
}

const gone = (reference: string, which: 'expected' | 'found'): Drift[] => [
  {side: 'source', what: reference, expected: null, found: null, [which]: 'an image of the plan'},
];

/** What makes a destination the same that was reviewed: where it is, for whom, and what else is written there. */
const fullKey = (one: SavedDestination): string =>
  JSON.stringify([destinationKey(one), [...one.environments].sort(), one.tags.map(({tag}) => tag).sort()]);

function keyOfPlace(place: Destination): string {
  const {stage, reference, extraTags = []} = place;
  const names = environmentsOf(place).map(({name}) => name);
  return JSON.stringify([
    destinationKey({stage: stage ?? '', reference}),
    names.sort(),
    [...extraTags].sort(),
  ]);
}
