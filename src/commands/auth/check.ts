import * as Flags from '@oclif/core/flags';
import type {EnvironmentAccess} from '../../lib/access/check.ts';
import {authOverrideFlags} from '../../lib/cli/auth-overrides.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {checkTenant} from '../../lib/cli/check-tenant.ts';
import {networkFlags} from '../../lib/cli/registries.ts';
import {several} from '../../lib/cli/several.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/tenant-flag.ts';
import {exitCodes} from '../../lib/errors.ts';
import {refusalsOf, renderAccess} from '../../lib/ui/access-table.ts';
import {renderFailure} from '../../lib/ui/error-text.ts';

/** A name of no image: registries that take any repository below a path answer for it as for all others. */
const anyImage = 'corectl-access-check';

interface Report {
  readonly ok: boolean;
  readonly tenant: string;
  readonly exitCode: number;
  readonly environments: readonly EnvironmentAccess[];
  readonly error: null;
}

export default class AuthCheck extends BaseCommand {
  static override summary = 'show who corectl would be in each environment, and what it may do there';
  static override description =
    'For each environment of the tenant: the identity, where its credential came from, until when it lasts, and whether it may pull and push. A push is tried by opening an upload and cancelling it; nothing is written. Where the source has a credential of its own (--source-auth-override, or SOURCE_ACCESS_TOKEN), the environments that promotions read from are shown as well. Exit code 5 if anything is refused, with the reason and the next step.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --tenant payments',
    '<%= config.bin %> <%= command.id %> --tenant payments --stage prod --environment prod-eu --json',
    '<%= config.bin %> <%= command.id %> --tenant payments --stage prod --dest-auth-override prod-eu=eu.json',
  ];
  static override flags = {
    ...tenantFlag,
    stage: Flags.string({helpValue: 'STAGE', description: 'only this stage; repeatable', ...several}),
    environment: Flags.string({
      char: 'e',
      helpValue: 'ENVIRONMENT',
      description: 'only this environment; repeatable',
      ...several,
    }),
    image: Flags.string({
      helpValue: 'NAME',
      description: 'name of the image whose repositories are tried; any, where registries need none to exist',
    }),
    ...authOverrideFlags,
    ...networkFlags,
  };

  override async run(): Promise<Report> {
    const {flags} = await this.parse(AuthCheck);
    const tenant = tenantNamed(flags.tenant, process.env);
    const {stage: stages = [], environment: only = [], image = anyImage} = flags;
    const environments = await checkTenant(this, {tenant, stages, environments: only, image}, flags);
    const refusals = refusalsOf(environments, {repositories: flags.image !== undefined});
    process.stdout.write(
      this.jsonEnabled() ? '' : renderAccess(environments, {width: process.stdout.columns}),
    );
    for (const refusal of refusals) this.note(renderFailure(refusal).trimEnd());
    const exitCode = refusals.length === 0 ? exitCodes.success : exitCodes.unreachable;
    process.exitCode = exitCode;
    return {ok: refusals.length === 0, tenant, exitCode, environments, error: null};
  }
}
