import type {ImageName} from '../../oci/reference.ts';
import type {VerifiedImage} from '../../promotion/documents.ts';
import {partiesOf, planPromotion} from '../../promotion/planning/plan.ts';
import type {Demands} from '../../promotion/policy-judge.ts';
import {stageBefore} from '../../promotion/planning/selection.ts';
import type {AuthOverrideFlags} from '../flags/auth-overrides.ts';
import type {BaseCommand} from '../base-command.ts';
import {planByEnvironments, type DemandingPlan} from './promote-plan.ts';
import {identitiesBy, withRegistries} from './with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';

/** Images that are to be judged, and the stage that demands something of them. */
export interface Verification {
  readonly images: readonly ImageName[];
  readonly tenant: string;
  readonly stage: string;
  /** Where the images are; without it the only stage before. */
  readonly fromStage: string | undefined;
}

/** Judges images as their promotion would, and promotes nothing. Where nothing is demanded, they have to be there all the same. */
export async function verifyImages(
  command: BaseCommand,
  verification: Verification,
  flags: AuthOverrideFlags & NetworkFlags,
): Promise<VerifiedImage[]> {
  const {plan, demands = noDemands} = await planTo(verification);
  const [{judgePlan}, {isSatisfied}, {ruleReport}] = await Promise.all([
    import('../../promotion/policy-judge.ts'),
    import('../../policy/evaluate.ts'),
    import('../../promotion/judgement.ts'),
  ]);
  const judged = await withRegistries(
    command,
    {flags, identities: identitiesBy(flags, partiesOf(plan))},
    ({connection}) => judgePlan(plan, {...plan, demands, connection, now: new Date()}),
  );
  return judged.map(({planned, digest, results}) => ({
    image: planned.label,
    digest,
    satisfied: isSatisfied(results),
    results: results.map(ruleReport),
  }));
}

function planTo({images, tenant, stage, fromStage}: Verification): Promise<DemandingPlan> {
  const unnamed = {environments: [], tags: [], versionTags: false, versionTemplates: []};
  return planByEnvironments((model) =>
    planPromotion(model, {
      ...{...unnamed, images, tenant},
      fromStage: fromStage ?? stageBefore(model, stage),
      toStages: [stage],
    }),
  );
}

const noDemands: Demands = {
  trust: undefined,
  requiredBy: () => [],
  repositories: [],
  read: () => undefined,
};
