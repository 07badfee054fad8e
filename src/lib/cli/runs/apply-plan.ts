import type {BaseCommand} from '../base-command.ts';
import {carryOut, type CarryOutOptions, type Manner} from './carry-out.ts';
import {planOf, type DemandingPlan} from './promote-plan.ts';
import type {Plan} from '../../promotion/planning/plan.ts';
import type {Report} from '../../promotion/report.ts';
import {nothingToDo, reportOf} from '../../promotion/report-of-run.ts';
import {destinationDrift, repositoryDrift} from '../../saved-plans/drift.ts';
import type {Drift} from '../../saved-plans/documents.ts';
import {driftError, driftGate} from '../../saved-plans/drift-gate.ts';
import {invalidPlan} from '../../saved-plans/plan-file.ts';
import {requestOfPlan} from '../../saved-plans/request.ts';
import {reviewedPlan} from '../../saved-plans/reviewed-plan.ts';
import type {SavedPlan} from '../../saved-plans/saved-plan.ts';
import {shareOfSavedPlan, type ShardOfRun} from '../../shards/share.ts';
import {usageError} from '../../usage-error.ts';

export interface ApplyOptions extends Pick<CarryOutOptions, 'flags' | 'overrides' | 'override' | 'onEvent'> {
  /** For messages. */
  readonly file: string;
  readonly dryRun: boolean;
  readonly allowDrift: boolean;
  /** The file that says what is demanded where both registries are given, whatever the plan says. */
  readonly policy?: string | undefined;
  /** Which part of the plan it is; all of it without one. */
  readonly shard?: ShardOfRun | undefined;
}

/** What came of a saved plan, and what had moved since. */
export interface Applied {
  readonly report: Report;
  readonly drift: readonly Drift[];
}

/**
 * Carries out a saved plan by the runner of all promotions. Its request is planned anew: a file decides nothing that a
 * command line could not. Raises what planning raises, `invalid-plan` where the file's places do not follow from its own
 * request, `plan-drift` where none of them is left, and `usage` for a shard of what is to be done as a whole or not at all.
 */
export async function applyPlan(
  command: BaseCommand,
  whole: SavedPlan,
  options: ApplyOptions,
): Promise<Applied> {
  const {shard} = options;
  if (shard === undefined) return applyPart(command, whole, options);
  if (whole.manner.allOrNothing) throw notInParts();
  const {part, told} = shareOfSavedPlan(whole, shard);
  const {report, drift} = await applyPart(command, part, {
    ...options,
    share: told,
    others: othersThan(part, whole),
  });
  return {report: {...report, shard: told}, drift};
}

interface PartOptions extends ApplyOptions, Pick<CarryOutOptions, 'share'> {
  /** Images that are other shards'. */
  readonly others?: ReadonlySet<string>;
}

async function applyPart(command: BaseCommand, saved: SavedPlan, options: PartOptions): Promise<Applied> {
  const {dryRun, allowDrift, flags, overrides, override, onEvent, share} = options;
  const {plan, sources, known, ...demanding} = await planToday(saved, options);
  if (saved.images.length === 0 && (known.length === 0 || allowDrift))
    return {report: nothingToDo(plan, dryRun), drift: known};
  if (plan.images.every(({destinations}) => destinations.length === 0)) throw driftError(known);
  let atSources: readonly Drift[] = [];
  const result = await carryOut(command, plan, {
    flags,
    overrides,
    override,
    onEvent,
    share,
    ...demanding,
    manner: mannerOfPlan(saved, dryRun),
    gate: (connection) =>
      driftGate({
        ...{saved, connection, known, sources, allowed: allowDrift},
        onSources: (drift) => (atSources = drift),
      }),
  });
  const previews = result.images.map(({preview}) => preview);
  return {
    report: reportOf(plan, dryRun, result),
    drift: [...known, ...atSources, ...destinationDrift(saved, previews)],
  };
}

/** The plan that follows from a saved one's request today, as far as it was reviewed, and what is known to have moved since. */
interface PlanToday extends DemandingPlan {
  /** All that the request names, reviewed or not. */
  readonly sources: Plan['images'];
  readonly known: readonly Drift[];
}

async function planToday(
  saved: SavedPlan,
  {file, others, policy}: Pick<PartOptions, 'file' | 'others' | 'policy'>,
): Promise<PlanToday> {
  const {plan: all, ...demanding} = await deriveAnew(saved, policy);
  const {environments} = demanding;
  const derived = {...all, images: all.images.filter(({label}) => others?.has(label) !== true)};
  const moved = environments === undefined ? [] : repositoryDrift(saved, environments);
  const {plan, drift: places} = reviewedPlan(saved, derived);
  if (places.length > 0 && moved.length === 0)
    throw invalidPlan(file, 'what it lists does not follow from its own request: it was edited');
  return {...demanding, plan, sources: derived.images, known: [...moved, ...places]};
}

/** Images of the plan that are other shards'. */
function othersThan(part: SavedPlan, whole: SavedPlan): ReadonlySet<string> {
  const own = new Set(part.images.map(({image}) => image));
  return new Set(whole.images.map(({image}) => image).filter((image) => !own.has(image)));
}

function deriveAnew({request}: SavedPlan, policy: string | undefined): Promise<DemandingPlan> {
  const own = request.form === 'explicit' ? (request.policy ?? undefined) : undefined;
  return planOf(requestOfPlan(request), policy ?? own);
}

function mannerOfPlan({manner}: SavedPlan, dryRun: boolean): Manner {
  const {keepGoing, ...rest} = manner;
  return {...rest, dryRun, onTrouble: keepGoing ? 'drop' : 'stop'};
}

function notInParts(): Error {
  return usageError('usage', 'the plan is to be carried out everywhere or nowhere: shards cannot keep that', [
    'apply it without --shard, or plan anew without --all-or-nothing',
  ]);
}
