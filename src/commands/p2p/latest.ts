import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {authOverrideFlags} from '../../lib/cli/flags/auth-overrides.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {latestImage} from '../../lib/cli/runs/latest-image.ts';
import {networkFlags} from '../../lib/cli/flags/network-flags.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/flags/tenant-flag.ts';
import type {LatestDocument} from '../../lib/promotion/documents.ts';

export default class Latest extends BaseCommand {
  static override summary = 'print the newest version of an image in a stage';
  static override description = `The tag alone, for scripts; with --json its digest and reference as well. Newest by semantic version; tags that are no versions do not count, and a pre-release only where there is no release. It is looked for where promotions from the stage read: in its first environment.

Exit codes:
  0  there is one
  2  usage or configuration
  3  there is none
  5  the registry refused or could not be reached`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> app --tenant payments --stage fast-feedback',
    "<%= config.bin %> <%= command.id %> app --tenant payments --stage extended-test --constraint '^1.2'",
    '<%= config.bin %> <%= command.id %> app --tenant payments --stage fast-feedback --prereleases --json',
  ];
  static override args = {
    image: Args.string({description: 'name of the image, without a tag', required: true}),
  };
  static override flags = {
    ...tenantFlag,
    stage: Flags.string({helpValue: 'STAGE', description: 'where it is', required: true}),
    environment: Flags.string({
      char: 'e',
      helpValue: 'ENVIRONMENT',
      description: "instead of the stage's first environment",
    }),
    constraint: Flags.string({
      helpValue: 'RANGE',
      description: "only versions within a range: '^1.2', '>=1.4 <2'",
    }),
    prereleases: Flags.boolean({
      description: 'by semantic version alone: 2.0.0-rc.1 is newer than 1.9.0',
    }),
    'source-auth-override': authOverrideFlags['source-auth-override'],
    ...networkFlags,
  };

  override async run(): Promise<LatestDocument> {
    const {args, flags} = await this.parse(Latest);
    const {stage, environment, constraint, prereleases} = flags;
    const tenant = tenantNamed(flags.tenant, process.env);
    const request = {name: args.image, tenant, stage, environment, constraint, prereleases};
    const {place, tag, digest} = await latestImage(this, request, flags);
    this.log(tag);
    return {
      ok: true,
      exitCode: 0,
      tenant,
      stage,
      environment: place.label,
      image: `${args.image}:${tag}`,
      version: tag,
      digest,
      reference: place.reference,
      error: null,
    };
  }
}
