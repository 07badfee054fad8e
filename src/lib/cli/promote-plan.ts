import {cloneDirectory, homeDirectory} from '../environments/home.ts';
import type {Model} from '../environments/model.ts';
import {openEnvironments} from '../environments/open.ts';
import {planExplicit} from '../promotion/explicit-plan.ts';
import {planPromotion, type Plan} from '../promotion/plan.ts';
import type {Demands} from '../promotion/policy-gate.ts';
import {usageError} from '../usage-error.ts';
import {demandsIn, demandsOf} from './demands.ts';
import type {RequestInEitherForm} from './promote-request.ts';

/** A plan, and what its destinations demand of the images, if they demand anything. */
export interface DemandingPlan {
  readonly plan: Plan;
  readonly demands: Demands | undefined;
}

/**
 * The plan for a request in either form. A policy file is for the explicit form, which knows no environments repository;
 * raises `usage` for one with the other form.
 */
export async function planOf(
  request: RequestInEitherForm,
  policyFile: string | undefined,
): Promise<DemandingPlan> {
  if (request.form === 'explicit') {
    const plan = planExplicit(request);
    return {plan, demands: policyFile === undefined ? undefined : await demandsIn(policyFile)};
  }
  if (policyFile === undefined) return planByEnvironments((model) => planPromotion(model, request));
  throw usageError('usage', '--policy is for promotions with both registries given', [
    'what stages demand is in the environments repository: p2p.STAGE.require in its corectl.yaml',
  ]);
}

/** A plan made from the environments repository, and what that demands of its images. */
export async function planByEnvironments(makePlan: (model: Model) => Plan): Promise<DemandingPlan> {
  const home = homeDirectory(process.env);
  const {model} = await openEnvironments(home);
  const plan = makePlan(model);
  return {plan, demands: demandsOf(model, plan, cloneDirectory(home))};
}
