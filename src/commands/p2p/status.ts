import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {authOverrideFlags} from '../../lib/cli/auth-overrides.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {networkFlags} from '../../lib/cli/registries.ts';
import {several} from '../../lib/cli/several.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/tenant-flag.ts';
import {withStatus} from '../../lib/cli/tenant-status.ts';
import {wait} from '../../lib/http/pace.ts';
import {interrupted} from '../../lib/promotion/failures.ts';
import type {StatusReport} from '../../lib/status/report.ts';
import {renderFailure} from '../../lib/ui/error-text.ts';
import {drawsOn} from '../../lib/ui/progress.ts';
import {renderStatus} from '../../lib/ui/status-table.ts';

const outputs = ['text', 'html', 'svg'] as const;
type Output = (typeof outputs)[number];

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
    stage: Flags.string({helpValue: 'STAGE', description: 'only this stage; repeatable', ...several}),
    environment: Flags.string({
      char: 'e',
      helpValue: 'ENVIRONMENT',
      description: 'only this environment; repeatable',
      ...several,
    }),
    output: Flags.option({
      options: outputs,
      default: 'text' as Output,
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
      this.log((await drawn(report, output)).trimEnd());
      for (const error of errorsOf(report)) this.note(renderFailure(error).trimEnd());
    };
    const report = await withStatus(
      this,
      {images: args.image ?? [], tenant, stages, environments},
      {
        flags,
        use: async (read, signal) => {
          let latest = await read();
          await show(latest);
          while (flags.watch) {
            await wait(flags.interval * 1000, signal);
            if (signal.aborted) throw interrupted();
            latest = await read();
            // to the upper left corner, and nothing below
            if (drawsOn(process.stdout, process.env)) process.stdout.write('\u001b[H\u001b[J');
            await show(latest);
          }
          return latest;
        },
      },
    );
    process.exitCode = report.exitCode;
    return report;
  }
}

async function drawn(report: StatusReport, output: Output): Promise<string> {
  const now = Date.now();
  switch (output) {
    case 'text':
      return renderStatus(report, {now, width: process.stdout.columns});
    case 'html':
      return (await import('../../lib/ui/status-page.ts')).statusPage(report, now);
    case 'svg':
      return (await import('../../lib/ui/status-picture.ts')).statusPicture(report, now);
  }
}

/** Each failure once, however many images it concerns. */
function errorsOf({images, error}: StatusReport): NonNullable<StatusReport['error']>[] {
  const all = [error, ...images.flatMap(({cells}) => cells.map((cell) => cell.error))];
  const found = all.filter((one) => one !== null);
  return [...new Map(found.map((one) => [one.message, one])).values()];
}
