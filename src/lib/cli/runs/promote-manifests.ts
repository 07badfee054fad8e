import {manifestIdentities} from '../../promoter-manifests/places.ts';
import type {Promotions} from '../../promoter-manifests/promotions.ts';
import type {ManifestReport} from '../../promoter-manifests/report.ts';
import {runManifests} from '../../promoter-manifests/run.ts';
import {shareOfEdges, type ShardOfRun} from '../../shards/share.ts';
import type {PromotionListener} from '../../promotion/events.ts';
import type {BaseCommand} from '../base-command.ts';
import {demandsIn, judgeFor, overrideOf} from './demands.ts';
import {recorderFor} from './recording.ts';
import {tellHead} from '../output/tell-head.ts';
import {withRegistries} from './with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';

export interface ManifestRunFlags extends NetworkFlags {
  readonly confirm: boolean;
  readonly 'verify-content': boolean;
  readonly referrers: boolean;
  readonly concurrency?: number | undefined;
  readonly policy?: string | undefined;
  readonly 'override-policy'?: string | undefined;
}

interface ManifestRun {
  readonly flags: ManifestRunFlags;
  readonly onEvent?: PromotionListener | undefined;
}

/** Carries out what sound manifests promote, or a shard's part of it; without --confirm it is only read. Rejects as runManifests does. */
export async function promoteManifests(
  command: BaseCommand,
  promotions: Promotions,
  {shard, ...options}: ManifestRun & {readonly shard?: ShardOfRun | undefined},
): Promise<ManifestReport> {
  if (shard === undefined) return promoteEdges(command, promotions, options);
  if (!options.flags.quiet)
    command.note('images count by their edges for a shard: manifests do not tell sizes');
  const {part: edges, told} = shareOfEdges(promotions.edges, shard);
  return {...(await promoteEdges(command, {...promotions, edges}, options)), shard: told};
}

async function promoteEdges(
  command: BaseCommand,
  {manifests, edges}: Promotions,
  {flags, onEvent}: ManifestRun,
): Promise<ManifestReport> {
  const {confirm, referrers, concurrency} = flags;
  const {judge, recorder} = await underPolicy(command, flags);
  tellHead(command, flags, {...noPlan, commit: undefined});
  return withRegistries(
    command,
    {
      flags,
      identities: (surroundings) => manifestIdentities(manifests, surroundings),
      copies: true,
      onEvent,
      readOnly: !confirm,
      requestsPerHost: concurrency,
    },
    ({connection, emit, signal}) =>
      runManifests(edges, connection, {
        manifests: manifests.map(({label}) => label),
        ...{confirm, judge, recorder},
        referrers,
        verifyContent: flags['verify-content'],
        concurrency,
        emit,
        signal,
      }),
  );
}

/** Manifests know neither a tenant nor a stage. */
const noPlan = {tenant: null, fromStage: ''};

/** Who judges what is promoted and who records it, as the policy file says that was named, if one was. */
async function underPolicy(command: BaseCommand, flags: ManifestRunFlags) {
  const demands = flags.policy === undefined ? undefined : await demandsIn(flags.policy);
  const now = new Date();
  const override = overrideOf(flags['override-policy']);
  const judge = await judgeFor(demands, {...noPlan, now, override});
  const {version} = command.config;
  const record = {settings: demands?.record, trusted: demands?.trusted};
  const recorder = await recorderFor(record, {plan: noPlan, now, version, env: process.env, flags});
  return {judge, recorder};
}
