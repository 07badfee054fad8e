import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {authOverrideFlags} from '../../lib/cli/flags/auth-overrides.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {networkFlags} from '../../lib/cli/flags/network-flags.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/flags/tenant-flag.ts';
import {exitCodes} from '../../lib/errors.ts';
import type {HistoryEntry} from '../../lib/promotion/history.ts';
import {renderHistory} from '../../lib/ui/history-table.ts';
import type {HistoryDocument} from '../../lib/promotion/documents.ts';

export default class History extends BaseCommand {
  static override summary = 'show how an image came where it is, by the records beside it';
  static override description = `Reads records of promotions from the registries alone: when, from where to where, by which run, under which policy, and whether somebody signed it whose records count. Without a tag or digest all tags are looked at.

Exit codes:
  0  what is recorded is shown, if anything is
  2  usage or configuration
  3  the image is nowhere
  5  a registry refused or could not be reached`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments',
    '<%= config.bin %> <%= command.id %> app@sha256:… --tenant payments --environment prod-eu --json',
  ];
  static override args = {
    image: Args.string({description: 'name, name:tag or name@sha256:…', required: true}),
  };
  static override flags = {
    ...tenantFlag,
    environment: Flags.string({
      char: 'e',
      helpValue: 'ENVIRONMENT',
      description: 'look only there; repeatable',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'dest-auth-override': authOverrideFlags['dest-auth-override'],
    ...networkFlags,
  };

  override async run(): Promise<HistoryDocument> {
    const {args, flags} = await this.parse(History);
    const tenant = tenantNamed(flags.tenant, process.env);
    const {imageHistory} = await import('../../lib/cli/runs/image-history.ts');
    const sought = {image: args.image, tenant, environments: flags.environment ?? []};
    const entries = await imageHistory(this, sought, flags);
    this.log(
      entries.length === 0
        ? `No promotion of ${args.image} is recorded.`
        : renderHistory(entries, {width: process.stdout.columns}).trimEnd(),
    );
    return {
      ok: true,
      exitCode: exitCodes.success,
      tenant,
      image: args.image,
      promotions: entries.map(told),
      error: null,
    };
  }
}

/** As the --json document tells it: the record itself, where it is, and whose it is. */
const told = ({digest, manifest, verifiedBy, promotion}: HistoryEntry) => ({
  digest,
  record: manifest,
  verifiedBy: verifiedBy ?? null,
  ...promotion,
});
