import {randomUUID} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {hostname, tmpdir, userInfo} from 'node:os';
import path from 'node:path';
import {lockRef} from '../../environments/lock/lock-name.ts';
import {takeLock, type HeldLock} from '../../environments/lock/held-lock.ts';
import {RemoteRef} from '../../environments/checkout/remote-ref.ts';
import {parseSource} from '../../environments/checkout/source.ts';
import {githubToken} from '../../environments/checkout/token.ts';
import {exitCodes, type CorectlError} from '../../errors.ts';
import {printable} from '../../printable.ts';
import type {Plan} from '../../promotion/planning/plan.ts';
import type {ShardReport} from '../../promotion/report.ts';
import type {RunResult} from '../../promotion/run.ts';
import {formatShard} from '../../shards/shard.ts';
import {usageError} from '../../usage-error.ts';
import type {BaseCommand} from '../base-command.ts';
import {ciRunOf} from '../ci-run.ts';
import type {DemandingPlan} from './promote-plan.ts';

export interface LockFlags {
  readonly lock?: boolean | undefined;
  /** Seconds. */
  readonly 'lock-timeout'?: number | undefined;
}

export interface Locking {
  readonly flags: LockFlags;
  readonly plan: Plan;
  readonly environments: DemandingPlan['environments'];
  /** Shards of one run hold the lock together. */
  readonly share?: ShardReport | undefined;
}

/** Seconds to wait for another run: longer than most of them take. */
const usualWait = 600;

/**
 * Promotes while it holds the locks of the tenant and of each stage that is written to. The locks are given back whatever
 * happens. Raises `usage` where there is no environments repository to hold them, `lock-busy`, `lock-refused`, and what
 * reaching the repository raises.
 */
export async function underLock(
  command: BaseCommand,
  locking: Locking,
  promote: () => Promise<RunResult>,
): Promise<RunResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'corectl-lock-'));
  const held: HeldLock[] = [];
  let lost: CorectlError | undefined;
  const onLost = (error: CorectlError) => {
    lost = error;
    command.noteWarning(error.message);
    command.interrupt();
  };
  let result: RunResult;
  try {
    for (const stage of stagesOf(locking.plan))
      held.push(await take(command, {...locking, stage, folder, onLost}));
    result = await promote();
  } finally {
    for (const lock of held.reverse()) {
      const error = await giveBack(command, lock);
      // what was told while it ran is told once
      lost ??= error;
    }
    await rm(folder, {recursive: true, force: true});
  }
  // what was promoted without the lock may have met another run: that is no success
  return lost === undefined ? result : {...result, stop: lost, exitCode: exitCodes.failed};
}

/** In one order for everybody, so that no two runs wait for each other. */
const stagesOf = ({images}: Plan): string[] =>
  [...new Set(images.flatMap(({destinations}) => destinations.map(({stage}) => stage ?? '')))].sort();

interface Taking extends Locking {
  readonly stage: string;
  readonly folder: string;
  readonly onLost: (error: CorectlError) => void;
}

async function take(command: BaseCommand, taking: Taking): Promise<HeldLock> {
  const {environments, plan, stage, folder, flags, share, onLost} = taking;
  if (environments === undefined || plan.tenant === null)
    throw usageError('usage', '--lock needs an environments repository, and both registries were given', [
      'promote by tenant and from-stage, or without --lock',
    ]);
  const name = `${plan.tenant}, ${stage}`;
  return takeLock({
    ...{name, onLost},
    ref: await remoteRef(environments.source, lockRef(plan.tenant, stage), folder),
    run: runOf(share),
    holder: {
      id: randomUUID(),
      part: share === undefined ? '1/1' : formatShard(share),
      who: whoOf(process.env),
      since: new Date().toISOString(),
      renewal: 0,
    },
    longestWait: (flags['lock-timeout'] ?? usualWait) * 1000,
    signal: command.interruption(),
    onWait: (who) => {
      command.note(`waiting for another promotion of ${name}: ${who}`);
    },
  });
}

/** The ref of a lock, without a signal: what is under way at Ctrl-C is a lock that would have to be given back. */
async function remoteRef(repository: string, ref: string, folder: string): Promise<RemoteRef> {
  const {env} = process;
  const source = parseSource(repository, process.cwd());
  const token = githubToken(undefined, env)(source);
  const directory = await mkdtemp(path.join(folder, 'git-'));
  return new RemoteRef({source, env, token, terminal: false, directory, ref});
}

/** Shards of one plan and one run have a lock in common; without a shard a run is its process. */
const runOf = (share: ShardReport | undefined): string =>
  share === undefined ? randomUUID() : `${share.plan ?? ''} of ${share.of}, ${share.run ?? 'no run'}`;

/** `user@machine, https://…/runs/1` */
function whoOf(env: NodeJS.ProcessEnv): string {
  const run = ciRunOf(env);
  const parts = [`${userName()}@${hostname()}`, run?.actor, run?.uri ?? run?.id];
  return printable(parts.filter((part) => part !== undefined).join(', '), 500);
}

/** There may be no entry for the user in passwd. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? ''}`;
  }
}

/** Gives a lock back; the error where it was not this run's any more. */
async function giveBack(command: BaseCommand, lock: HeldLock): Promise<CorectlError | undefined> {
  const released = await lock.release();
  if (released.kind === 'left')
    command.noteWarning(
      'the lock could not be given back: others wait until it has been silent for long enough',
    );
  return released.kind === 'lost' ? released.error : undefined;
}
