import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {authOverrideFlags} from '../../lib/cli/flags/auth-overrides.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {networkFlags} from '../../lib/cli/flags/network-flags.ts';
import {placeFlags} from '../../lib/cli/flags/place-flags.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/flags/tenant-flag.ts';
import {withStatus} from '../../lib/cli/runs/tenant-status.ts';
import {watchStatus} from '../../lib/cli/runs/watch-status.ts';
import type {StatusReport} from '../../lib/status/report.ts';
import {renderFailure} from '../../lib/ui/error-text.ts';
import {failuresIn, statusAs, statusOutputs, type StatusOutput} from '../../lib/ui/status/status-output.ts';

export default class Status extends BaseCommand {
  static override summary = 'show where images are: their versions in each stage and environment';
  static override description = `A line for each environment along the path, with version, digest, age and size. Without a tag the newest version of each; without an image all of the tenant, where registries list them. Equal letters are equal digests; drift and gaps are marked, and a registry that fails is shown as failed. Nothing is written anywhere.

Exit codes:
  0  shown
  2  usage or configuration
  3  an image that was named is nowhere
  5  a registry refused or could not be reached`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> app --tenant payments',
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments --watch',
    '<%= config.bin %> <%= command.id %> --tenant payments --output html > status.html',
  ];
  static override args = {
    image: Args.string({description: 'NAME or NAME:TAG, without a registry', multiple: true}),
  };
  static override flags = {
    ...tenantFlag,
    ...placeFlags,
    output: Flags.option({
      options: statusOutputs,
      default: 'text' as StatusOutput,
      description: 'a table, one HTML page or one SVG picture',
    })(),
    watch: Flags.boolean({description: 'show it again and again, until Ctrl-C', exclusive: ['json']}),
    interval: Flags.integer({
      helpValue: 'SECONDS',
      description: 'with --watch: how long to wait in between',
      default: 30,
      min: 1,
      max: 86_400,
    }),
    'dest-auth-override': authOverrideFlags['dest-auth-override'],
    ...networkFlags,
  };

  override async run(): Promise<StatusReport> {
    const {args, flags} = await this.parse(Status);
    const {stage: stages = [], environment: environments = [], output} = flags;
    const tenant = tenantNamed(flags.tenant, process.env);
    const show = async (report: StatusReport) => {
      const drawn = await statusAs(output, report, {now: Date.now(), width: process.stdout.columns});
      this.log(drawn.trimEnd());
      for (const error of failuresIn(report)) this.note(renderFailure(error).trimEnd());
    };
    const report = await withStatus(
      this,
      {images: args.image ?? [], tenant, stages, environments},
      {
        flags,
        use: async (read, signal) => {
          const first = await read();
          await show(first);
          if (flags.watch) await watchStatus(read, show, {interval: flags.interval, signal});
          return first;
        },
      },
    );
    process.exitCode = report.exitCode;
    return report;
  }
}
