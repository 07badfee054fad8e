import type {BaseCommand} from './base-command.ts';
import {withRegistries, type NetworkFlags} from './registries.ts';
import {admissionFor} from '../access/admission.ts';
import type {Connection} from '../access/connection.ts';
import {identitiesFor, type AuthOverrides} from '../access/identities.ts';
import {partiesOf, type Plan} from '../promotion/plan.ts';
import type {Demands, Gated} from '../promotion/policy-gate.ts';
import {runPlan, type Gate, type RunOptions, type RunResult} from '../promotion/run.ts';

/** How a plan is to be carried out, as the user says; what the process adds is not part of it. */
export type Manner = Pick<
  RunOptions,
  'dryRun' | 'overwrite' | 'referrers' | 'verifyContent' | 'onTrouble' | 'allOrNothing'
> & {
  /** Create repositories that registries do not create by themselves. */
  readonly createRepositories: boolean;
};

export interface CarryOutOptions {
  readonly flags: NetworkFlags & {readonly concurrency?: number | undefined};
  readonly manner: Manner;
  /** Credential files. */
  readonly overrides: AuthOverrides;
  /** What the places of the plan demand; undefined where nothing is. */
  readonly demands?: Demands | undefined;
  /** Who else may refuse, before what is demanded is looked at. */
  readonly gate?: ((connection: Connection) => Gate) | undefined;
}

/** Carries out a plan with what the process offers: identities, progress, interruption. Rejects as runPlan does. */
export function carryOut(command: BaseCommand, plan: Plan, options: CarryOutOptions): Promise<RunResult> {
  const {flags, overrides, manner} = options;
  const {createRepositories, ...run} = manner;
  return withRegistries(
    command,
    {
      flags,
      identities: (surroundings) => identitiesFor(partiesOf(plan), overrides, surroundings),
      copies: true,
      requestsPerHost: flags.concurrency,
    },
    async ({connection, identityOf, emit, signal}) =>
      runPlan(plan, connection, {
        ...run,
        gate: await gateOf(plan, connection, options),
        concurrency: flags.concurrency,
        admission: admissionFor({identityOf, connection, createRepositories, dryRun: run.dryRun}),
        emit,
        signal,
      }),
  );
}

/** All who may refuse, in their order; undefined for nobody. */
async function gateOf(
  {tenant, fromStage}: Plan,
  connection: Connection,
  {demands, gate}: CarryOutOptions,
): Promise<Gate | undefined> {
  const first = gate?.(connection);
  const second = demands && (await policyGateOf({demands, tenant, fromStage, connection}));
  if (first === undefined || second === undefined) return first ?? second;
  return {
    refusal: async (images, emit) =>
      (await first.refusal(images, emit)) ?? (await second.refusal(images, emit)),
  };
}

/** Loaded where something is demanded, and nowhere else. */
async function policyGateOf(gated: Omit<Gated, 'now'>): Promise<Gate> {
  const {policyGate} = await import('../promotion/policy-gate.ts');
  return policyGate({...gated, now: new Date()});
}
