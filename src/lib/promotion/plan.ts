import type {Environment, Model, Stage, Tenant} from '../environments/model.ts';
import {locateRepository, stageEnvironments} from '../environments/location.ts';
import {
  formatImageName,
  formatReference,
  repositoryKey,
  type ImageName,
  type RepositoryName,
} from '../oci/reference.ts';
import {fromStageOf, nextStagesOf, sourceEnvironmentOf, tenantOf, wantedEnvironments} from './choices.ts';
import {refuseProblems, usageError} from './usage-error.ts';

/** What the user asked for. Empty lists mean no restriction. */
export interface PromotionRequest {
  readonly images: readonly ImageName[];
  readonly tenant: string;
  readonly fromStage: string;
  readonly toStages: readonly string[];
  readonly environments: readonly string[];
  readonly sourceEnvironment?: string | undefined;
}

/** One image in one repository of one environment. */
export interface Place {
  /** Null where the user gave a registry instead of an environment. */
  readonly environment: Environment | null;
  /** For messages and progress: the environment's name, or the registry. */
  readonly label: string;
  readonly stage: string;
  readonly repository: RepositoryName;
  /** The tag, or the digest of an image that is named by it alone. */
  readonly target: string;
  /** `HOST/REPOSITORY:TAG` */
  readonly reference: string;
}

export interface PlannedImage {
  readonly image: ImageName;
  /** As the user wrote it. */
  readonly label: string;
  readonly source: Place;
  readonly destinations: readonly Place[];
}

/** Where everything comes from and goes to; nobody was asked yet whether it is there. */
export interface Plan {
  readonly tenant: string;
  readonly fromStage: string;
  readonly images: readonly PlannedImage[];
}

/**
 * Derives sources and destinations from the environments repository alone. Raises CorectlErrors with exit code 2 for what
 * the request names and the repository does not know.
 */
export function planPromotion(model: Model, request: PromotionRequest): Plan {
  refuseProblems(model, [
    {kind: 'tenant', name: request.tenant},
    {kind: 'stage', name: request.fromStage},
  ]);
  const tenant = tenantOf(model, request.tenant);
  const fromStage = fromStageOf(model, request.fromStage);
  const next = nextStagesOf(model, fromStage, request.toStages);
  const source = sourceEnvironmentOf(model, fromStage, tenant, request.sourceEnvironment);
  refuseProblems(
    model,
    next.map(({name}) => ({kind: 'stage', name})),
  );
  const steps = stepsTo(model, tenant, next, request.environments);
  refuseProblems(
    model,
    [source, ...steps.map(({environment}) => environment)].map(({name}) => ({kind: 'environment', name})),
  );
  const distinct = new Map(request.images.map((image) => [formatImageName(image), image]));
  const images = [...distinct].map(([label, image]): PlannedImage => {
    const from = placeOf(source, fromStage.name, tenant, image);
    return {
      image,
      label,
      // read by digest where there is one: the tag is only what the destinations are to call it
      source: image.digest === undefined ? from : targeting(from, image.digest),
      destinations: distinctPlaces(
        steps.map(({environment, stage}) => placeOf(environment, stage.name, tenant, image)),
      ),
    };
  });
  return {tenant: tenant.name, fromStage: fromStage.name, images};
}

interface Step {
  readonly environment: Environment;
  readonly stage: Stage;
}

function stepsTo(model: Model, tenant: Tenant, stages: readonly Stage[], wanted: readonly string[]): Step[] {
  const all = stages.flatMap((stage) =>
    stageEnvironments(model, stage, tenant).map((environment) => ({environment, stage})),
  );
  if (all.length === 0) {
    const names = stages.map(({name}) => name).join(' and ');
    const listed = stages.flatMap(({environments}) => environments).join(', ') || 'none';
    throw usageError('no-destination', `tenant ${tenant.name} has no enabled environment in ${names}`, [
      `the stage's environments: ${listed}; the tenant's: ${tenant.environments.join(', ') || 'none'}`,
      `add one to ${tenant.origin.file} in the environments repository, then run corectl update`,
    ]);
  }
  const names = wantedEnvironments(
    model,
    all.map(({environment}) => environment.name),
    wanted,
  );
  return all.filter(({environment}) => names.has(environment.name));
}

function placeOf(environment: Environment, stage: string, tenant: Tenant, image: ImageName): Place {
  const repository = locateRepository(environment, {tenant: tenant.name, stage, image: image.name});
  return targeting(
    {environment, label: environment.name, stage, repository},
    image.tag ?? image.digest ?? '',
  );
}

function targeting(place: Omit<Place, 'target' | 'reference'>, target: string): Place {
  return {...place, target, reference: formatReference(place.repository, target)};
}

/** Two destinations that come out as the same repository are one. */
function distinctPlaces(places: readonly Place[]): Place[] {
  const kept = new Map<string, Place>();
  for (const place of places) {
    const key = repositoryKey(place.repository);
    if (!kept.has(key)) kept.set(key, place);
  }
  return [...kept.values()];
}
