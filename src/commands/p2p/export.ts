import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/flags/tenant-flag.ts';
import {homeDirectory} from '../../lib/environments/home.ts';
import {openEnvironments} from '../../lib/environments/open.ts';
import {p2pVariables} from '../../lib/promotion/planning/p2p-variables.ts';
import {setVariables, shells, type Shell} from '../../lib/ui/shell.ts';
import type {VariablesDocument} from '../../lib/environments/documents.ts';

export default class Export extends BaseCommand {
  static override summary = "print a tenant's P2P variables in an environment, for a shell to read";
  static override description =
    "The variables by which P2P's workflows and Makefiles know a tenant's place in an environment: TENANT_NAME, REGION, PROJECT_ID, REGISTRY, P2P_REGISTRY_PROD and so on, as far as they follow from the environments repository. Quoted, so that the shell expands nothing in them. Asks no registry.";
  static override examples = [
    'eval "$(<%= config.bin %> <%= command.id %> --tenant payments --environment gcp-dev)"',
    '<%= config.bin %> <%= command.id %> --tenant payments --environment gcp-dev --shell fish | source',
    '<%= config.bin %> <%= command.id %> --tenant payments --environment gcp-dev --shell powershell | Out-String | Invoke-Expression',
  ];
  static override flags = {
    ...tenantFlag,
    environment: Flags.string({
      char: 'e',
      helpValue: 'ENVIRONMENT',
      description: 'whose variables',
      required: true,
    }),
    shell: Flags.option({options: shells, default: 'bash' as Shell, description: 'who reads it'})(),
  };

  override async run(): Promise<VariablesDocument> {
    const {flags} = await this.parse(Export);
    const {environment, shell} = flags;
    const tenant = tenantNamed(flags.tenant, process.env);
    const {model} = await openEnvironments(homeDirectory(process.env));
    const variables = p2pVariables(model, {tenant, environment});
    this.log(setVariables(variables, shell).trimEnd());
    return {ok: true, exitCode: 0, tenant, environment, variables, error: null};
  }
}
