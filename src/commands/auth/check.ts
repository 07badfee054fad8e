import * as Flags from '@oclif/core/flags';
import type {AccessDocument, AccessOfAllDocument} from '../../lib/access/documents.ts';
import {authOverrideFlags} from '../../lib/cli/flags/auth-overrides.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {checkTenant} from '../../lib/cli/runs/check-tenant.ts';
import {checkTenants} from '../../lib/cli/runs/check-tenants.ts';
import {networkFlags} from '../../lib/cli/flags/network-flags.ts';
import {placeFlags} from '../../lib/cli/flags/place-flags.ts';
import {tellAccess} from '../../lib/cli/output/tell-access.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/flags/tenant-flag.ts';

/** A name of no image: registries that take any repository below a path answer for it as for all others. */
const anyImage = 'corectl-access-check';

export default class AuthCheck extends BaseCommand {
  static override summary = 'show who corectl would be in each environment, and what it may do there';
  static override description =
    'For each environment of the tenant: the identity, where its credential came from, until when it lasts, and whether it may pull and push. A push is tried by opening an upload and cancelling it; nothing is written. Where the source has a credential of its own (--source-auth-override, or SOURCE_ACCESS_TOKEN), the environments that promotions read from are shown as well. Exit code 5 if anything is refused, with the reason and the next step.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --tenant payments',
    '<%= config.bin %> <%= command.id %> --tenant payments --stage prod --environment prod-eu --json',
    '<%= config.bin %> <%= command.id %> --all-tenants --environment prod-eu',
    '<%= config.bin %> <%= command.id %> --tenant payments --stage prod --dest-auth-override prod-eu=eu.json',
  ];
  static override flags = {
    ...tenantFlag,
    'all-tenants': Flags.boolean({
      description: 'every tenant that owns images, one after the other',
      exclusive: ['tenant'],
    }),
    ...placeFlags,
    image: Flags.string({
      helpValue: 'NAME',
      description: 'name of the image whose repositories are tried; any, where registries need none to exist',
    }),
    ...authOverrideFlags,
    ...networkFlags,
  };

  override async run(): Promise<AccessDocument | AccessOfAllDocument> {
    const {flags} = await this.parse(AuthCheck);
    const {stage: stages = [], environment: only = [], image = anyImage} = flags;
    const wanted = {stages, environments: only, image};
    const repositories = flags.image !== undefined;
    if (flags['all-tenants']) {
      const tenants = await checkTenants(this, wanted, flags);
      return {...tellAccess(this, tenants, {repositories}), tenants, error: null};
    }
    const tenant = tenantNamed(flags.tenant, process.env);
    const environments = await checkTenant(this, {tenant, ...wanted, isAlone: true}, flags);
    const {ok, exitCode} = tellAccess(this, [{tenant, environments, error: null}], {repositories});
    return {ok, tenant, exitCode, environments, error: null};
  }
}
