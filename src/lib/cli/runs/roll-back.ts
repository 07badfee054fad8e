import type {ImageName} from '../../oci/reference.ts';
import type {PromotionListener} from '../../promotion/events.ts';
import {imagePlace, planPromotion, type Plan} from '../../promotion/planning/plan.ts';
import type {Report} from '../../promotion/report.ts';
import {reportOf} from '../../promotion/report-of-run.ts';
import {rollbackGate, rollbackOf, unreadRollback, type Rollback} from '../../promotion/rollback.ts';
import {stageBefore} from '../../promotion/planning/selection.ts';
import {authOverridesOf, type AuthOverrideFlags} from '../flags/auth-overrides.ts';
import type {BaseCommand} from '../base-command.ts';
import {carryOut, type Manner} from './carry-out.ts';
import type {ConfirmationFlags} from '../asking/confirm-production.ts';
import type {LockFlags} from './under-lock.ts';
import {overrideOf} from './demands.ts';
import {readHistory} from './image-history.ts';
import {planByEnvironments, type DemandingPlan} from './promote-plan.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';

export interface RollbackAsked {
  readonly image: ImageName;
  readonly tenant: string;
  readonly stage: string;
  readonly environments: readonly string[];
  /** Where the images came from, where several stages lead there. */
  readonly fromStage?: string | undefined;
  /** Without it all is read and nothing written. */
  readonly confirm: boolean;
  readonly overridePolicy?: string | undefined;
}

export interface RollbackOptions {
  readonly flags: AuthOverrideFlags & NetworkFlags & ConfirmationFlags & LockFlags;
  readonly onEvent?: PromotionListener | undefined;
}

/**
 * Promotes what stood under the tags of a stage before, by the records, once more: by the same runner, under the same rules,
 * and recorded as all promotions are. Raises what reading the records and planning raise.
 */
export async function rollBack(
  command: BaseCommand,
  asked: RollbackAsked,
  {flags, onEvent}: RollbackOptions,
): Promise<{readonly rollback: Rollback; readonly report: Report}> {
  const {image, tenant, stage, environments, confirm} = asked;
  const sought = {image, tenant, stages: [stage], environments};
  const {recorded, untold} = await readHistory(command, sought, flags);
  if (untold.length > 0) throw unreadRollback(image.name, untold);
  const rollback = rollbackOf(image.name, recorded);
  const {plan, ...about} = await planBack(asked, rollback);
  const manner: Manner = {
    ...{dryRun: !confirm, overwrite: true, referrers: true, verifyContent: false, allOrNothing: false},
    onTrouble: 'stop',
    createRepositories: false,
  };
  const override = overrideOf(asked.overridePolicy);
  const overrides = authOverridesOf(flags, process.env);
  const gate = () => rollbackGate(rollback);
  const result = await carryOut(command, plan, {
    ...{...about, flags, overrides, override, manner, onEvent, gate},
  });
  return {rollback, report: reportOf(plan, manner.dryRun, result)};
}

function planBack(
  {image, tenant, stage, environments, fromStage}: RollbackAsked,
  {tags: [first, ...tags], digest}: Rollback,
): Promise<DemandingPlan> {
  const named = {environments, tags, versionTags: false, versionTemplates: []};
  return planByEnvironments((model) =>
    readWhereItStands(
      planPromotion(model, {
        images: [{name: image.name, tag: first, digest}],
        ...{tenant, ...named},
        fromStage: fromStage ?? stageBefore(model, stage),
        toStages: [stage],
      }),
    ),
  );
}

/** What the stage before has cleared away since is read where it is to stand again. */
function readWhereItStands(plan: Plan): Plan {
  const images = plan.images.map((planned) => {
    const {digest} = planned.image;
    const there = digest === undefined ? [] : planned.destinations.map((place) => imagePlace(place, digest));
    return {...planned, otherSources: there};
  });
  return {...plan, images};
}
