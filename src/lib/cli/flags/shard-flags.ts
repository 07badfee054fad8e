import * as Flags from '@oclif/core/flags';
import {printable} from '../../printable.ts';
import type {ShardReport} from '../../promotion/report.ts';
import {formatShard, mostShards, type Shard} from '../../shards/shard.ts';
import type {ShardOfRun} from '../../shards/share.ts';
import {usageError} from '../../usage-error.ts';

/** For commands whose work several processes can share. */
export const shardFlags = {
  shard: Flags.string({
    helpValue: 'I/N',
    description: 'only this part of the images, 2/4 for instance; auto asks the CI system or Kubernetes',
  }),
};

/**
 * The shard that --shard names, and the run that it is part of; undefined without the flag. `auto` takes what CORECTL_SHARD,
 * a Job of Kubernetes or a parallel job says. Raises `usage` where nothing does, where two disagree, and for what is no shard.
 */
export function shardOf(flag: string | undefined, env: NodeJS.ProcessEnv): ShardOfRun | undefined {
  if (flag === undefined) return undefined;
  const shard = flag === 'auto' ? toldBy(env) : parsed('--shard', flag);
  return {...shard, run: runOf(env)};
}

/** What a report says of a shard that ended before its part of a plan was known. */
export const unknownShare = ({number, of, run}: ShardOfRun): ShardReport => ({
  ...{number, of, run},
  plan: null,
  total: null,
  positions: [],
});

function parsed(where: string, text: string): Shard {
  const [, number, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim()) ?? [];
  const shard = {number: Number(number), of: Number(of)};
  if (shard.number >= 1 && shard.number <= shard.of && shard.of <= mostShards) return shard;
  throw usageError(
    'usage',
    `${where}: expected I/N with I from 1 to N, and N up to ${mostShards}, found ${JSON.stringify(printable(text, 40))}`,
    ['--shard 2/4 is the second of four; --shard auto asks the CI system or Kubernetes'],
  );
}

/** What the environment says, in the words of whoever says it. */
interface Told {
  readonly where: string;
  readonly shard: Shard;
}

function toldBy(env: NodeJS.ProcessEnv): Shard {
  const all = [bySetting(env), byJob(env), byParallelJob(env)].filter((one) => one !== undefined);
  const [first] = all;
  if (first === undefined)
    throw usageError('usage', '--shard auto: nothing in the environment says which shard this is', [
      'set CORECTL_SHARD to I/N, from a matrix for instance, or name the shard: --shard 2/4',
      'a Job of Kubernetes has JOB_COMPLETION_INDEX, and JOB_COMPLETIONS where its manifest sets it; a parallel job has CI_NODE_INDEX and CI_NODE_TOTAL',
    ]);
  const other = all.find(({shard}) => formatShard(shard) !== formatShard(first.shard));
  if (other === undefined) return first.shard;
  throw usageError(
    'usage',
    `--shard auto: ${first.where} says ${formatShard(first.shard)}, and ${other.where} ${formatShard(other.shard)}`,
    ['unset one of them, or name the shard: --shard 2/4'],
  );
}

function bySetting({CORECTL_SHARD: text}: NodeJS.ProcessEnv): Told | undefined {
  return isSet(text) ? {where: 'CORECTL_SHARD', shard: parsed('CORECTL_SHARD', text)} : undefined;
}

/** An Indexed Job counts from 0 (https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode). */
function byJob(env: NodeJS.ProcessEnv): Told | undefined {
  const {JOB_COMPLETION_INDEX: index, JOB_COMPLETIONS: completions} = env;
  if (!isSet(index) && !isSet(completions)) return undefined;
  const where = 'JOB_COMPLETION_INDEX of JOB_COMPLETIONS';
  const number = isSet(index) && /^\d+$/.test(index) ? Number(index) + 1 : undefined;
  return {where, shard: counted(where, `${index ?? ''} of ${completions ?? ''}`, {number, completions})};
}

/**
 * A parallel job counts from 1 (https://docs.gitlab.com/ci/variables/predefined_variables/); one that is not parallel has a
 * total of 1 and no index.
 */
function byParallelJob(env: NodeJS.ProcessEnv): Told | undefined {
  const {CI_NODE_INDEX: index, CI_NODE_TOTAL: total} = env;
  if (!isSet(index) && (!isSet(total) || total === '1')) return undefined;
  const where = 'CI_NODE_INDEX of CI_NODE_TOTAL';
  const number = isSet(index) && /^\d+$/.test(index) ? Number(index) : undefined;
  return {where, shard: counted(where, `${index ?? ''} of ${total ?? ''}`, {number, completions: total})};
}

function counted(
  where: string,
  found: string,
  {number, completions}: {readonly number: number | undefined; readonly completions: string | undefined},
): Shard {
  const of = /^\d+$/.test(completions ?? '') ? Number(completions) : 0;
  if (number !== undefined && number >= 1 && number <= of && of <= mostShards) return {number, of};
  throw usageError(
    'usage',
    `--shard auto: ${where}: expected an index within a number, found ${JSON.stringify(printable(found, 60))}`,
    [
      'a Job of Kubernetes counts from 0, and its manifest has to set JOB_COMPLETIONS; a parallel job counts from 1',
      'or name the shard: --shard 2/4',
    ],
  );
}

const isSet = (text: string | undefined): text is string => text !== undefined && text !== '';

/** The run that all shards of a matrix or pipeline have in common; what is started again in it is of the same run. */
function runOf(env: NodeJS.ProcessEnv): string | null {
  const {CORECTL_RUN, GITHUB_RUN_ID, CI_PIPELINE_ID, BUILD_BUILDID, BUILDKITE_BUILD_ID} = env;
  const found = [CORECTL_RUN, GITHUB_RUN_ID, CI_PIPELINE_ID, BUILD_BUILDID, BUILDKITE_BUILD_ID].find(isSet);
  return found === undefined ? null : printable(found, 200);
}
