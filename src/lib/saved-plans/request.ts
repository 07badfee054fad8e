import {formatImageName, parseImageName} from '../oci/reference.ts';
import type {ExplicitRequest} from '../promotion/planning/explicit-plan.ts';
import type {Naming, PromotionRequest} from '../promotion/planning/plan.ts';
import type {SavedRequest} from './saved-plan.ts';

/** A promotion in either form. */
export type AnyRequest =
  ({readonly form: 'derived'} & PromotionRequest) | ({readonly form: 'explicit'} & ExplicitRequest);

/** The request as a plan keeps it, and the file that says what is demanded where both registries are given. */
export function savedRequest(request: AnyRequest, policy: string | undefined): SavedRequest {
  const naming = {
    images: request.images.map(formatImageName),
    tags: [...request.tags],
    versionTags: request.versionTags,
    versionTemplates: [...request.versionTemplates],
    destImage: request.destImage ?? null,
    destPath: request.destPath ?? null,
  };
  if (request.form === 'explicit') {
    const {form, sourceRegistry, sourceStage, destRegistry, destStage} = request;
    return {form, sourceRegistry, sourceStage, destRegistry, destStage, policy: policy ?? null, ...naming};
  }
  const {form, tenant, fromStage, toStages, environments, sourceEnvironment = null} = request;
  return {
    ...{form, tenant, fromStage, sourceEnvironment},
    ...{toStages: [...toStages], environments: [...environments]},
    ...naming,
  };
}

/** The same the other way round. Raises `invalid-reference` for what is no image. */
export function requestOfPlan(saved: SavedRequest): AnyRequest {
  const naming: Naming & Pick<PromotionRequest, 'images'> = {
    images: saved.images.map(parseImageName),
    tags: saved.tags,
    versionTags: saved.versionTags,
    versionTemplates: saved.versionTemplates,
    destImage: saved.destImage ?? undefined,
    destPath: saved.destPath ?? undefined,
  };
  if (saved.form === 'explicit') {
    const {form, sourceRegistry, sourceStage, destRegistry, destStage} = saved;
    return {form, sourceRegistry, sourceStage, destRegistry, destStage, ...naming};
  }
  const {form, tenant, fromStage, toStages, environments, sourceEnvironment} = saved;
  return {
    ...{form, tenant, fromStage, toStages, environments},
    sourceEnvironment: sourceEnvironment ?? undefined,
    ...naming,
  };
}
