import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {tellingManifests, tellingPromotion, toldReport} from '../../lib/cli/output/tell-report.ts';
import type {ManifestReport} from '../../lib/promoter-manifests/report.ts';
import type {Report} from '../../lib/promotion/report.ts';

export default class ReportMerge extends BaseCommand {
  static override summary = 'make one report of those that the shards of a promotion left';
  static override description = `Takes the documents that --shard I/N --json printed, one for each shard, and tells what came of the whole: as text, as the same JSON document that one process would have printed, and in GitHub Actions as outputs and summary. Its exit code is the whole's. A shard without a report makes it fail; reports of different plans or runs, a shard or an image that is told of twice, and files that are no such reports are refused.

Exit codes:
  0    all shards are there, and all is promoted or up to date
  1    something failed, or a shard is missing
  2    the reports are no parts of one whole, or a shard was called wrongly
  3, 4, 5, 6  as those of the shards, where nothing was written
  130  a shard was interrupted`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> reports/*.json',
    '<%= config.bin %> <%= command.id %> shard-1.json shard-2.json --json',
  ];
  static override args = {
    file: Args.string({description: 'the report of a shard', required: true, multiple: true}),
  };

  override async run(): Promise<Report | ManifestReport> {
    const {args, flags} = await this.parse(ReportMerge);
    const {mergeFiles} = await import('../../lib/cli/runs/merge-files.ts');
    const merged = await mergeFiles(args.file);
    if (merged.run === null)
      this.noteWarning(
        'the reports say no run: one that an earlier run of the same plan has left passes for one of this; set CORECTL_RUN for all shards',
      );
    const manner = {isJson: flags.json, to: process.stdout};
    return merged.kind === 'promotion'
      ? toldReport(merged.report, tellingPromotion, manner)
      : toldReport(merged.report, tellingManifests, manner);
  }
}
