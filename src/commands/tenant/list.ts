import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {homeDirectory} from '../../lib/environments/home.ts';
import {openEnvironments} from '../../lib/environments/open.ts';
import {tenantsWith} from '../../lib/environments/tenant.ts';
import {describeProblem} from '../../lib/environments/description.ts';
import {repositoryProblemLines} from '../../lib/ui/installed.ts';
import {renderTable} from '../../lib/ui/tables.ts';
import type {TenantsDocument} from '../../lib/environments/documents.ts';

export default class TenantList extends BaseCommand {
  static override summary = 'list the tenants of the environments repository';
  static override description =
    'Who owns images, and in which environments. Problems in the repository are told on stderr.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --owner org --environment prod-eu --json',
  ];
  static override flags = {
    owner: Flags.string({helpValue: 'TENANT', description: 'only those that it owns'}),
    environment: Flags.string({
      char: 'e',
      helpValue: 'ENVIRONMENT',
      description: 'only those that list it',
    }),
  };

  override async run(): Promise<TenantsDocument> {
    const {flags} = await this.parse(TenantList);
    const {model} = await openEnvironments(homeDirectory(process.env));
    const tenants = tenantsWith(model, flags).map(({name, kind = null, owner = null, environments}) => ({
      name,
      kind,
      owner,
      environments,
    }));
    const rows = tenants.map(({name, kind, owner, environments}) => [
      name,
      kind ?? '-',
      owner ?? '-',
      environments.join(', ') || '-',
    ]);
    if (!this.jsonEnabled()) {
      repositoryProblemLines(model).forEach((line) => {
        this.note(line);
      });
      const width = process.stdout.columns;
      process.stdout.write(renderTable(['NAME', 'KIND', 'OWNER', 'ENVIRONMENTS'], rows, {width}));
    }
    const problems = model.problems.map(describeProblem);
    return {ok: true, exitCode: 0, tenants, problems, error: null};
  }
}
