import type {Place} from '../../access/place.ts';
import {locateRepository} from '../../environments/location.ts';
import {homeDirectory} from '../../environments/home.ts';
import {openEnvironments} from '../../environments/open.ts';
import {refuseProblems} from '../../environments/problem.ts';
import {tenantOf} from '../../environments/tenant.ts';
import {sourceEnvironmentOf} from '../../promotion/planning/selection.ts';
import {unknownName} from '../../usage-error.ts';

/** An image in a stage. */
export interface ImageInStage {
  readonly name: string;
  readonly tenant: string;
  readonly stage: string;
  /** Instead of the stage's first one. */
  readonly environment: string | undefined;
}

/**
 * Where promotions from the stage read an image. Raises what the environments repository says against it: a tenant, stage
 * or environment that is unknown or unusable.
 */
export async function placeToRead({
  name,
  tenant: owner,
  stage: stageName,
  environment,
}: ImageInStage): Promise<Place> {
  const {model} = await openEnvironments(homeDirectory(process.env));
  refuseProblems(model, [
    {kind: 'tenant', name: owner},
    {kind: 'stage', name: stageName},
  ]);
  const tenant = tenantOf(model, owner);
  const stage = model.stages.get(stageName);
  if (stage === undefined) throw unknownName('stage', stageName, model.names.stages);
  const found = sourceEnvironmentOf(model, stage, tenant, environment);
  const repository = locateRepository(found, {tenant: owner, stage: stageName, image: name});
  return {environment: found, label: found.name, stage: stageName, repository};
}
