import {credentialFilesFor} from '../../access/identities.ts';
import type {PromotionListener} from '../../promotion/events.ts';
import {partiesOf} from '../../promotion/planning/plan.ts';
import {nothingToDo, plannedReport, reportOf} from '../../promotion/report-of-run.ts';
import type {Report, ShardReport} from '../../promotion/report.ts';
import {shareOfPlan, type ShardOfRun} from '../../shards/share.ts';
import type {BaseCommand} from '../base-command.ts';
import {authOverridesOf} from '../flags/auth-overrides.ts';
import {given, mannerOf, type PromoteFlags} from '../flags/promote-flags.ts';
import {carryOut} from './carry-out.ts';
import {overrideOf} from './demands.ts';
import type {DemandingPlan} from './promote-plan.ts';

interface PromoteRun {
  readonly flags: PromoteFlags;
  readonly onEvent?: PromotionListener | undefined;
}

/** Carries out what was planned, or a shard's part of it; --offline ends with the plan. Rejects as carryOut does. */
export async function promoteImages(
  command: BaseCommand,
  planned: DemandingPlan,
  {shard, ...options}: PromoteRun & {readonly shard?: ShardOfRun | undefined},
): Promise<Report> {
  if (shard === undefined) return promotePart(command, planned, options);
  if (!options.flags.quiet)
    command.note('images count the same for a shard: only a saved plan knows their sizes');
  const {part, told} = shareOfPlan(planned.plan, shard);
  const report = await promotePart(command, {...planned, plan: part}, {...options, share: told});
  return {...report, shard: told};
}

async function promotePart(
  command: BaseCommand,
  {plan, ...about}: DemandingPlan,
  {flags, share, onEvent}: PromoteRun & {readonly share?: ShardReport},
): Promise<Report> {
  const overrides = authOverridesOf(flags, process.env);
  if (flags.offline) {
    // what the request names is refused by the plan already
    credentialFilesFor(partiesOf(plan), overrides);
    return plannedReport(plan);
  }
  if (plan.images.length === 0) return nothingToDo(plan, given(flags['dry-run']));
  const manner = mannerOf(flags);
  const override = overrideOf(flags['override-policy']);
  const result = await carryOut(command, plan, {
    ...about,
    ...{flags, overrides, override, manner, share, onEvent},
  });
  return reportOf(plan, manner.dryRun, result);
}
