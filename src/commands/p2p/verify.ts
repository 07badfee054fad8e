import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {authOverrideFlags} from '../../lib/cli/flags/auth-overrides.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {networkFlags} from '../../lib/cli/flags/network-flags.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/flags/tenant-flag.ts';
import {verifyImages} from '../../lib/cli/runs/verify-images.ts';
import {exitCodes} from '../../lib/errors.ts';
import {parseImageName} from '../../lib/oci/reference.ts';
import {renderResults} from '../../lib/ui/policy-table.ts';
import type {VerifiedDocument} from '../../lib/promotion/documents.ts';

export default class Verify extends BaseCommand {
  static override summary = 'show whether images may be promoted into a stage by what it demands';
  static override description = `Judges images as a promotion does, where they are now, and promotes nothing: each rule with the line that demands it, what was found, and what would satisfy it.

Exit codes:
  0  all that is demanded is shown
  2  usage or configuration
  3  an image is not in the stage before
  5  a registry refused or could not be reached
  6  something is not shown`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments --stage prod',
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments --stage prod --json',
  ];
  static override args = {
    image: Args.string({description: 'name:tag or name@sha256:…', required: true, multiple: true}),
  };
  static override flags = {
    ...tenantFlag,
    stage: Flags.string({helpValue: 'STAGE', description: 'the stage that demands', required: true}),
    'from-stage': Flags.string({
      helpValue: 'STAGE',
      description: 'where the images are, where several stages lead there',
    }),
    'source-auth-override': authOverrideFlags['source-auth-override'],
    ...networkFlags,
  };

  override async run(): Promise<VerifiedDocument> {
    const {args, flags} = await this.parse(Verify);
    const {stage, 'from-stage': fromStage} = flags;
    const tenant = tenantNamed(flags.tenant, process.env);
    const asked = {images: args.image.map(parseImageName), tenant, stage, fromStage};
    const images = await verifyImages(this, asked, flags);
    const ok = images.every(({satisfied}) => satisfied);
    const exitCode = ok ? exitCodes.success : exitCodes.policy;
    this.log(
      images.every(({results}) => results.length === 0)
        ? `Nothing is demanded on the way into ${stage}.`
        : renderResults(images, {width: process.stdout.columns}).trimEnd(),
    );
    process.exitCode = exitCode;
    return {ok, exitCode, tenant, stage, images, error: null};
  }
}
