import {placesToCheck} from '../../access/places-to-check.ts';
import {describeRepository} from '../../environments/location.ts';
import type {Environment, Model} from '../../environments/model.ts';
import {tenantIdentity} from '../../environments/tenant-identity.ts';

/** Names of variables and their values. */
export type Variables = Readonly<Record<string, string>>;

export interface VariablesRequest {
  readonly tenant: string;
  readonly environment: string;
}

/**
 * The variables by which P2P's workflows and Makefiles know a tenant's place in an environment. What does not follow from the
 * environments repository is not among them. Raises as placesToCheck does.
 */
export function p2pVariables(model: Model, {tenant, environment: name}: VariablesRequest): Variables {
  const [found] = placesToCheck(model, {
    ...{tenant, stages: [], environments: [name], sources: false},
    image: 'image',
  });
  if (found === undefined) throw new Error(`${name} has no places`);
  const {environment} = found;
  return {
    P2P_TENANT_NAME: tenant,
    TENANT_NAME: tenant,
    DPLATFORM: name,
    PLATFORM_ENVIRONMENT: name,
    ...platformVariables(environment, tenant),
    ...registryVariables(environment, [...model.stages.keys()], tenant),
  };
}

function platformVariables({platform}: Environment, tenant: string): Variables {
  if (platform === undefined) return {};
  const region = platform.region === undefined ? {} : {REGION: platform.region};
  if (platform.vendor !== 'gcp') return region;
  const {projectId, projectNumber} = platform;
  const identity = tenantIdentity(platform, tenant);
  return {
    ...region,
    ...(projectId !== undefined && {PROJECT_ID: projectId}),
    ...(projectNumber !== undefined && {PROJECT_NUMBER: projectNumber}),
    ...(identity && {SERVICE_ACCOUNT: identity.account, WORKLOAD_IDENTITY_PROVIDER: identity.provider}),
  };
}

/** `REGISTRY` is what all stages have in common before their names, as P2P joins them: `REGISTRY/STAGE`. */
function registryVariables(environment: Environment, stages: readonly string[], tenant: string): Variables {
  const places = stages.flatMap((stage) => {
    const repository = describeRepository(environment, {tenant, stage});
    return repository === undefined ? [] : [{stage, repository}];
  });
  const bases = new Set(places.map(({stage, repository}) => baseOf(repository, stage)));
  const [base] = bases;
  const common = bases.size === 1 && base !== undefined ? base : undefined;
  return {
    ...(common !== undefined && {REGISTRY: common, P2P_REGISTRY: common}),
    ...Object.fromEntries(
      places.flatMap(({stage, repository}) => {
        const name = `P2P_REGISTRY_${stage.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
        const path: [string, string][] = common === undefined ? [] : [[`${name}_PATH`, stage]];
        return [...path, [name, repository] as [string, string]];
      }),
    ),
  };
}

const baseOf = (repository: string, stage: string): string | undefined =>
  repository.endsWith(`/${stage}`) ? repository.slice(0, -stage.length - 1) : undefined;
