import {repositoryKey} from '../oci/reference.ts';
import {digestOf, type Digest} from '../oci/digest.ts';
import type {Edge} from '../promoter-manifests/edges.ts';
import type {Plan, PlannedImage} from '../promotion/planning/plan.ts';
import type {ShardReport} from '../promotion/report.ts';
import type {SavedImage, SavedPlan} from '../saved-plans/saved-plan.ts';
import {shareOf, type Shard, type Unit} from './shard.ts';

/** A shard's part of something, and what its report says of it. */
export interface Share<T> {
  readonly part: T;
  readonly told: ShardReport;
}

/** Which shard it is, and of which run: reports of different runs make no whole. */
export interface ShardOfRun extends Shard {
  readonly run: string | null;
}

/**
 * What one image costs at one destination besides its bytes: a few requests, in the time that a megabyte takes at least
 * (1,261 requests a second beside 400 MB a second, measured between registries of one machine).
 */
const perDestination = 1024 * 1024;

/**
 * A shard's images of a plan that nobody was asked about: their sizes are not known, so each counts by its destinations.
 * Images of one name, and those that are written to one repository, stay together: a tag that floats is one shard's.
 */
export function shareOfPlan(plan: Plan, shard: ShardOfRun): Share<Plan> {
  const all = plan.images.map((planned, position) => ({...unitOfPlanned(planned), position, planned}));
  const chosen = shareOf(all, shard);
  const {tenant, fromStage} = plan;
  return {
    part: {...plan, images: chosen.map(({planned}) => planned)},
    told: told(shard, {
      plan: identityOf([tenant, fromStage, ...plan.images.map(identifying)]),
      total: all.length,
      chosen,
    }),
  };
}

/** A shard's images of a saved plan, by the bytes that were not there. */
export function shareOfSavedPlan(saved: SavedPlan, shard: ShardOfRun): Share<SavedPlan> {
  const all = saved.images.map((image, position) => ({...unitOfSaved(image), position, image}));
  const chosen = shareOf(all, shard);
  return {
    part: {...saved, images: chosen.map(({image}) => image)},
    told: told(shard, {plan: saved.checksum, total: all.length, chosen}),
  };
}

/** A shard's edges of promoter manifests: those of one image, and those that lead to one repository, stay together. */
export function shareOfEdges(edges: readonly Edge[], shard: ShardOfRun): Share<Edge[]> {
  const all = edges.map((edge, position) => ({...unitOfEdge(edge), position, edge}));
  const chosen = shareOf(all, shard);
  return {
    part: chosen.map(({edge}) => edge),
    told: told(shard, {plan: identityOf(all.map(({name}) => name)), total: all.length, chosen}),
  };
}

function unitOfPlanned({image, label, destinations}: PlannedImage): Unit {
  const repositories = destinations.map(({repository}) => repositoryKey(repository));
  return {
    name: label,
    ties: [`name ${image.name}`, ...repositories],
    weight: destinations.length * perDestination,
  };
}

function unitOfSaved({image, destinations}: SavedImage): Unit {
  const missing = destinations.reduce((sum, one) => sum + one.missing.bytes, 0);
  return {
    name: image,
    ties: [`name ${withoutTag(image)}`, ...destinations.map(({reference}) => withoutTag(reference))],
    weight: missing + destinations.length * perDestination,
  };
}

function unitOfEdge({digest, tag, sources, destination}: Edge): Unit {
  const to = repositoryKey(destination.repository);
  const read = sources.map(({repository}) => `${repositoryKey(repository)}@${digest}`);
  return {name: `${to}:${tag ?? ''}@${digest}`, ties: [to, ...read], weight: perDestination};
}

/** The name or repository of what is named with a tag or digest. */
const withoutTag = (reference: string): string => reference.replace(/[:@][^/]*$/, '');

const identifying = ({label, source, destinations}: PlannedImage) => [
  label,
  source.reference,
  ...destinations.map(({reference, extraTags = []}) => [reference, ...extraTags]),
];

const identityOf = (content: unknown): Digest => digestOf(Buffer.from(JSON.stringify(content)));

interface Known {
  readonly plan: Digest;
  readonly total: number;
  readonly chosen: readonly {readonly position: number}[];
}

function told({number, of, run}: ShardOfRun, {plan, total, chosen}: Known): ShardReport {
  return {number, of, run, plan, total, positions: chosen.map(({position}) => position)};
}
