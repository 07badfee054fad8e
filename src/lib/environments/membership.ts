import {equallyNear} from '../nearest.ts';
import type {LeftOut} from './documents.ts';
import type {Environment, Model, Problem, Stage, Tenant} from './model.ts';
import {listingOf, standingOf} from './standing.ts';

/** An environment that a stage names, and what it is for a tenant. */
export type Membership = {readonly name: string; readonly stage: Stage} & Meaning;

type Meaning =
  | {readonly state: 'meant'; readonly environment: Environment}
  | {readonly state: 'left-out'; readonly reason: LeftOut['reason']}
  /** Meant, or perhaps meant, and the problems say why it cannot be used. */
  | {readonly state: 'unusable'; readonly problems: readonly Problem[]};

/** Each environment that a stage names, in the stage's order, and what it is for a tenant: none is passed over. */
export function membersOf(model: Model, stage: Stage, tenant: Tenant): Membership[] {
  return stage.environments.map((name) => ({name, stage, ...meaningOf(model, {name, stage, tenant})}));
}

/** Those of them that are not meant. */
export function leftOutOf(members: readonly Membership[]): LeftOut[] {
  return members.flatMap((member) => {
    if (member.state !== 'left-out') return [];
    return [{environment: member.name, stage: member.stage.name, reason: member.reason}];
  });
}

/** What is not meant is not judged any further, whatever is wrong with it. */
function meaningOf(model: Model, named: {name: string; stage: Stage; tenant: Tenant}): Meaning {
  const {name, tenant} = named;
  const standing = standingOf(model, {kind: 'environment', name});
  if (standing.state === 'disabled') return {state: 'left-out', reason: 'not enabled'};
  if (standing.state === 'unknown') return {state: 'unusable', problems: [unknown(model, named)]};
  const listing = listingOf(model, tenant, name);
  if (listing === 'not-listed') return {state: 'left-out', reason: "not the tenant's"};
  const own = standing.state === 'unusable' ? standing.problems : [];
  const problems = [...own, ...(listing === 'listed' ? [] : listing.problems)];
  const environment = model.environments.get(name);
  if (environment !== undefined && problems.length === 0) return {state: 'meant', environment};
  return {state: 'unusable', problems: problems.length > 0 ? problems : [unknown(model, named)]};
}

function unknown(model: Model, {name, stage}: {name: string; stage: Stage}): Problem {
  const near = equallyNear(name, model.names.environments);
  const meant = near.length === 0 ? '' : ` (did you mean ${near.join(' or ')}?)`;
  return {
    ...stage.origin,
    message: `expected an environment that exists, found ${JSON.stringify(name)}${meant}`,
  };
}
