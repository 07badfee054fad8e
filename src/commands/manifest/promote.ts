import * as Flags from '@oclif/core/flags';
import {manifestFlags} from '../../lib/cli/flags/manifest-flags.ts';
import {promoteManifests} from '../../lib/cli/runs/promote-manifests.ts';
import {tellingManifests} from '../../lib/cli/output/tell-report.ts';
import {PromotionCommand} from '../../lib/cli/promotion-command.ts';
import {runFlags} from '../../lib/cli/flags/run-flags.ts';
import {shardOf, unknownShare} from '../../lib/cli/flags/shard-flags.ts';
import {soundPromotions} from '../../lib/cli/runs/sound-promotions.ts';
import {errorReport} from '../../lib/errors.ts';
import {problemReport, problemsIn} from '../../lib/promoter-manifests/problems-error.ts';
import {manifestSource} from '../../lib/promoter-manifests/promotions.ts';
import type {ManifestReport} from '../../lib/promoter-manifests/report.ts';
import type {ShardOfRun} from '../../lib/shards/share.ts';

export default class ManifestPromote extends PromotionCommand<ManifestReport> {
  static override summary = 'copy the images that promoter manifests list to the registries that they name';
  static override description = `A dry run unless --confirm is given. What is at a destination already is left alone; what the source has and the destination lacks is copied by digest and then tagged. A tag that stands with another digest is never moved and stops everything before the first copy; one copy that fails stops no other, and running it again finishes what was left.

Exit codes:
  0    everything is in place, or would be
  1    a copy failed
  2    usage, or a manifest with problems
  3    something is neither in the source nor at its destination; the rest is promoted
  4    a destination tag holds another digest
  5    a registry refused or could not be reached before anything was written
  6    what --policy demands of an image is not shown
  130  interrupted`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --thin-manifest-dir registry.example.com',
    '<%= config.bin %> <%= command.id %> --thin-manifest-dir registry.example.com --confirm',
    '<%= config.bin %> <%= command.id %> -m payments.yaml -m search.yaml --json',
  ];
  static override flags = {
    ...manifestFlags,
    confirm: Flags.boolean({
      description: 'write: without it, all is read and nothing written',
      default: false,
    }),
    'verify-content': Flags.boolean({
      description: 'look below tags that are right already, and bring back what is gone there',
      default: false,
    }),
    referrers: Flags.boolean({
      description: 'signatures, attestations and SBOMs travel with the images',
      default: true,
      allowNo: true,
    }),
    policy: Flags.string({
      helpValue: 'FILE',
      description: 'what is demanded of the images: a file with trust and require, and its keys beside it',
    }),
    'override-policy': Flags.string({
      helpValue: 'REASON',
      description: 'promote although it is not shown; the reason is recorded',
      dependsOn: ['policy'],
    }),
    concurrency: Flags.integer({helpValue: 'N', description: 'blobs in flight at once', min: 1, max: 64}),
    ...runFlags,
  };

  protected override readonly telling = tellingManifests;
  #started = performance.now();
  #shard: ShardOfRun | undefined;

  override async run(): Promise<ManifestReport> {
    const {flags} = await this.parse(ManifestPromote);
    const onEvent = this.listenerFor(flags.events);
    const source = manifestSource(flags.manifest, flags['thin-manifest-dir']);
    this.#shard = shardOf(flags.shard, process.env);
    const promotions = soundPromotions(this, source);
    return this.tell(await promoteManifests(this, promotions, {flags, onEvent, shard: this.#shard}));
  }

  protected override documentOf(error: unknown): ManifestReport {
    return {
      ok: false,
      dryRun: !this.argv.includes('--confirm'),
      exitCode: Number(process.exitCode),
      durationMs: Math.round(performance.now() - this.#started),
      manifests: [],
      edges: [],
      problems: problemsIn(error).map(problemReport),
      error: errorReport(error),
      ...(this.#shard && {shard: unknownShare(this.#shard)}),
    };
  }
}
