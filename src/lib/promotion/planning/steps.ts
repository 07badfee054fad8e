import type {LeftOut} from '../../environments/documents.ts';
import {leftOutOf, membersOf} from '../../environments/membership.ts';
import {invalidEnvironments} from '../../environments/problem.ts';
import type {Environment, Model, Stage, Tenant} from '../../environments/model.ts';
import {usageError} from '../../usage-error.ts';
import {listsOf, wantedMembers} from './selection.ts';

/** An environment of a stage that is to be promoted to. */
export interface Step {
  readonly environment: Environment;
  readonly stage: Stage;
}

export interface WantedSteps {
  /** Stages and environments that the request names; empty for no restriction. */
  readonly toStages: readonly string[];
  readonly environments: readonly string[];
}

/**
 * Where a promotion to these stages leads, and what is left out of it. Every environment that the stages name is among the
 * steps or left out, unless the request names others. Raises `invalid-environments` for what is meant and cannot be used,
 * `no-destination` for a stage in which nothing would happen, and as wantedMembers does.
 */
export function stepsTo(
  model: Model,
  {tenant, stages}: {readonly tenant: Tenant; readonly stages: readonly Stage[]},
  wanted: WantedSteps,
): {readonly steps: readonly Step[]; readonly leftOut: readonly LeftOut[]} {
  const all = stages.flatMap((stage) => membersOf(model, stage, tenant));
  const members = wantedMembers(model, all, wanted.environments);
  const problems = members.flatMap((member) => (member.state === 'unusable' ? member.problems : []));
  if (problems.length > 0) throw invalidEnvironments(problems);
  const steps = members.flatMap((member) => (member.state === 'meant' ? [member] : []));
  const without = stages.filter((stage) => !steps.some((step) => step.stage === stage));
  const unmet = steps.length === 0 ? stages : without.filter((stage) => isNamed(stage, wanted));
  if (unmet.length > 0) throw noDestination(unmet, tenant, wanted.environments);
  return {steps, leftOut: leftOutOf(members)};
}

/** Whether nothing else would tell that nothing happens in a stage: the request names it, or it has no environment at all. */
function isNamed({name, environments}: Stage, wanted: WantedSteps): boolean {
  return wanted.toStages.includes(name) || (environments.length === 0 && wanted.environments.length === 0);
}

function noDestination(stages: readonly Stage[], tenant: Tenant, wanted: readonly string[]): Error {
  const names = stages.map(({name}) => name).join(' and ');
  const among = wanted.length === 0 ? '' : ` among ${wanted.join(', ')}`;
  return usageError(
    'no-destination',
    `tenant ${tenant.name} has no enabled environment in ${names}${among}`,
    [
      listsOf(stages, tenant),
      `add one to ${tenant.origin.file} in the environments repository, then run corectl update`,
    ],
  );
}
