import {layoutPrefix} from '../oci/reference.ts';
import {describeRepository, registryHost} from './location.ts';
import type {LeftOut} from './documents.ts';
import {leftOutOf, membersOf} from './membership.ts';
import type {StageEnvironmentOverview, StageOverview} from './documents.ts';
import type {Environment, Model, Origin, Problem, Stage, Tenant} from './model.ts';
import {formatPosition} from './problem.ts';

/** The stages with their environments; for a tenant only those meant for it, with its repositories. */
export function describeStages(model: Model, tenant?: Tenant): StageOverview[] {
  return [...model.stages.values()].map((stage) => ({
    stage: stage.name,
    next: stage.next,
    unusableNext: stage.brokenNext ?? [],
    from: formatPosition(stage.origin),
    environments:
      tenant === undefined
        ? stage.environments.map((name) => describeOne(model, name))
        : describeMembers(model, stage, tenant),
  }));
}

/** The environments of the stages that are not meant for a tenant. */
export function describeLeftOut(model: Model, tenant: Tenant): LeftOut[] {
  return [...model.stages.values()].flatMap((stage) => leftOutOf(membersOf(model, stage, tenant)));
}

/** A problem without what is of use to a planner only. */
export function describeProblem({file, line, column, key, message}: Problem): Origin & {message: string} {
  return {file, line, column, key, message};
}

/** The account, project or subscription of an environment. */
export function accountOf({platform}: Environment): string | null {
  switch (platform?.vendor) {
    case 'gcp':
      return platform.projectId ?? null;
    case 'aws':
      return platform.accountId ?? null;
    case 'azure':
      return platform.subscriptionId ?? null;
    case undefined:
      return null;
  }
}

function describeOne(model: Model, name: string): StageEnvironmentOverview {
  const environment = model.environments.get(name);
  const enabled = model.names.enabled.includes(name);
  if (environment === undefined) return {environment: name, enabled, registry: null, from: null};
  const {origin, registryOrigin = origin} = environment;
  return {
    environment: name,
    enabled,
    registry: registryHost(environment),
    from: formatPosition(registryOrigin),
  };
}

/** One that cannot be used is shown as such, and not as if it were not there. */
function describeMembers(model: Model, stage: Stage, tenant: Tenant): StageEnvironmentOverview[] {
  return membersOf(model, stage, tenant).flatMap((member) => {
    if (member.state === 'left-out') return [];
    const overview = describeOne(model, member.name);
    if (member.state === 'unusable') return [{...overview, registry: null}];
    const repository = describeRepository(member.environment, {tenant: tenant.name, stage: stage.name});
    if (repository === undefined) return [overview];
    const isFolder = repository.startsWith(layoutPrefix);
    return [{...overview, ...(!isFolder && {registry: repository.replace(/\/.*$/s, '')}), repository}];
  });
}
