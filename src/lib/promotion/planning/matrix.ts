import {leftOutOfCheck, placesToCheck} from '../../access/places-to-check.ts';
import {describeRepository, registryHost} from '../../environments/location.ts';
import type {LeftOut, MatrixDocument, MatrixEntry} from '../../environments/documents.ts';
import type {Environment, Model} from '../../environments/model.ts';
import {fromStageOf, nextStagesOf} from './selection.ts';

export interface MatrixRequest {
  readonly tenant: string;
  /** The stages after this one; without it those that are named, or all. */
  readonly fromStage?: string | undefined;
  readonly stages: readonly string[];
  readonly environments: readonly string[];
}

/**
 * The entries of a `strategy.matrix` (GitHub, workflow syntax), one for each environment of each stage, and the environments
 * that are left out. Raises as fromStageOf, nextStagesOf and placesToCheck do.
 */
export function matrixOf(
  model: Model,
  request: MatrixRequest,
): {readonly matrix: MatrixDocument; readonly leftOut: readonly LeftOut[]} {
  const {tenant, fromStage, environments} = request;
  const stages =
    fromStage === undefined
      ? request.stages
      : nextStagesOf(model, fromStageOf(model, fromStage), request.stages).map(({name}) => name);
  // where an image without a name of its own would be
  const groups = placesToCheck(model, {tenant, stages, environments, image: 'image', sources: false});
  const entries = groups.flatMap(({environment, places}) =>
    places.map(({stage}) => entryOf(environment, stage, tenant)),
  );
  const order = [...model.stages.keys()];
  return {
    matrix: {include: entries.sort((one, other) => order.indexOf(one.stage) - order.indexOf(other.stage))},
    leftOut: leftOutOfCheck(model, {tenant, stages, environments}),
  };
}

function entryOf(environment: Environment, stage: string, tenant: string): MatrixEntry {
  const {name, tier = null, platform} = environment;
  return {
    environment: name,
    deploy_env: name,
    stage,
    tier,
    vendor: platform?.vendor ?? null,
    region: platform?.region ?? null,
    registry: registryHost(environment),
    repository: describeRepository(environment, {tenant, stage}) ?? null,
  };
}
