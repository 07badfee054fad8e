import type {BaseCommand} from '../base-command.ts';
import {confirmProduction, type ConfirmationFlags} from '../asking/confirm-production.ts';
import {judgeFor} from './demands.ts';
import type {DemandingPlan} from './promote-plan.ts';
import {recorderFor, type WhatToRecord} from './recording.ts';
import type {LockFlags} from './under-lock.ts';
import {tellHead} from '../output/tell-head.ts';
import {withRegistries} from './with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';
import {admissionFor} from '../../access/admission.ts';
import type {Connection} from '../../access/connection.ts';
import {identitiesFor, type AuthOverrides} from '../../access/identities.ts';
import {partiesOf, type Plan} from '../../promotion/planning/plan.ts';
import type {ShardReport} from '../../promotion/report.ts';
import type {Demands} from '../../promotion/policy-judge.ts';
import type {PromotionListener} from '../../promotion/events.ts';
import {runPlan, type Gate, type RunOptions, type RunResult} from '../../promotion/run.ts';

/** How a plan is to be carried out, as the user says; what the process adds is not part of it. */
export type Manner = Pick<
  RunOptions,
  'dryRun' | 'overwrite' | 'referrers' | 'verifyContent' | 'onTrouble' | 'allOrNothing'
> & {
  /** Create repositories that registries do not create by themselves. */
  readonly createRepositories: boolean;
};

export interface CarryOutOptions {
  readonly flags: NetworkFlags & ConfirmationFlags & LockFlags & {readonly concurrency?: number | undefined};
  readonly manner: Manner;
  /** Credential files. */
  readonly overrides: AuthOverrides;
  /** What the places of the plan demand; undefined where nothing is. */
  readonly demands?: Demands | undefined;
  /** Why what they demand need not be shown this time. */
  readonly override?: string | undefined;
  readonly record?: WhatToRecord | undefined;
  /** What the plan was derived from; absent where both registries were given. */
  readonly environments?: DemandingPlan['environments'];
  /** Which part of a whole the plan is. */
  readonly share?: ShardReport | undefined;
  /** Takes what happens besides whoever draws it. */
  readonly onEvent?: PromotionListener | undefined;
  /** Who else may refuse, before what is demanded is looked at. */
  readonly gate?: ((connection: Connection) => Gate) | undefined;
}

/**
 * Carries out a plan with what the process offers: identities, progress, interruption, and somebody who agrees. Rejects as
 * runPlan does, and where nobody agreed.
 */
export async function carryOut(
  command: BaseCommand,
  plan: Plan,
  options: CarryOutOptions,
): Promise<RunResult> {
  const {flags, manner, environments, share} = options;
  tellHead(command, flags, {...plan, commit: environments?.commit});
  if (!manner.dryRun) await confirmProduction(command, plan, flags);
  // reading needs no lock, and nobody is kept waiting for an answer
  if (flags.lock !== true || manner.dryRun) return carryOutNow(command, plan, options);
  const {underLock} = await import('./under-lock.ts');
  return underLock(command, {flags, plan, environments, share}, () => carryOutNow(command, plan, options));
}

async function carryOutNow(command: BaseCommand, plan: Plan, options: CarryOutOptions): Promise<RunResult> {
  const {flags, overrides, manner, gate, demands, override, record} = options;
  const {createRepositories, ...run} = manner;
  const now = new Date();
  const [judge, recorder] = await Promise.all([
    judgeFor(demands, {tenant: plan.tenant, fromStage: plan.fromStage, now, override}),
    recorderFor(record, {plan, now, version: command.config.version, env: process.env, flags}),
  ]);
  return withRegistries(
    command,
    {
      flags,
      identities: (surroundings) => identitiesFor(partiesOf(plan), overrides, surroundings),
      copies: true,
      onEvent: options.onEvent,
      requestsPerHost: flags.concurrency,
    },
    ({connection, identityOf, emit, signal}) =>
      runPlan(plan, connection, {
        ...run,
        gate: gate?.(connection),
        judge,
        recorder,
        concurrency: flags.concurrency,
        admission: admissionFor({identityOf, connection, createRepositories, dryRun: run.dryRun}),
        emit,
        signal,
      }),
  );
}
