import {cloneDirectory, homeDirectory} from '../../environments/home.ts';
import type {Model} from '../../environments/model.ts';
import {openEnvironments, type OpenedEnvironments} from '../../environments/open.ts';
import {planExplicit} from '../../promotion/planning/explicit-plan.ts';
import {planPromotion, type Plan} from '../../promotion/planning/plan.ts';
import type {Demands} from '../../promotion/policy-judge.ts';
import type {AnyRequest} from '../../saved-plans/request.ts';
import {usageError} from '../../usage-error.ts';
import {demandsIn, demandsOf, trustedBy} from './demands.ts';
import type {WhatToRecord} from './recording.ts';

/** A plan, and what its destinations demand of the images, if they demand anything. */
export interface DemandingPlan {
  readonly plan: Plan;
  readonly demands: Demands | undefined;
  readonly record: WhatToRecord;
  /** What it was derived from; absent where both registries were given. */
  readonly environments?: Pick<OpenedEnvironments, 'source' | 'commit'>;
}

/**
 * The plan for a request in either form. A policy file is for the explicit form, which knows no environments repository;
 * raises `usage` for one with the other form.
 */
export async function planOf(request: AnyRequest, policyFile: string | undefined): Promise<DemandingPlan> {
  if (request.form === 'explicit') {
    const plan = planExplicit(request);
    const demands = policyFile === undefined ? undefined : await demandsIn(policyFile);
    return {plan, demands, record: {settings: demands?.record, trusted: demands?.trusted}};
  }
  if (policyFile === undefined) return planByEnvironments((model) => planPromotion(model, request));
  throw usageError('usage', '--policy is for promotions with both registries given', [
    'what stages demand is in the environments repository: p2p.STAGE.require in its corectl.yaml',
  ]);
}

/** A plan made from the environments repository, and what that demands of its images. */
export async function planByEnvironments(makePlan: (model: Model) => Plan): Promise<DemandingPlan> {
  const home = homeDirectory(process.env);
  const environments = await openEnvironments(home);
  const {model, source, commit} = environments;
  const plan = makePlan(model);
  const trusted = trustedBy(model, plan.tenant ?? '', cloneDirectory(home));
  const record = {settings: model.record, trusted, environments: {repository: source, commit}};
  return {plan, environments, demands: demandsOf(model, plan, cloneDirectory(home)), record};
}
