import {BaseCommand} from '../../lib/cli/base-command.ts';
import {homeDirectory} from '../../lib/environments/home.ts';
import {registryHost} from '../../lib/environments/location.ts';
import type {Environment} from '../../lib/environments/model.ts';
import {openEnvironments} from '../../lib/environments/open.ts';
import {accountOf, describeProblem} from '../../lib/environments/description.ts';
import {repositoryProblemLines} from '../../lib/ui/installed.ts';
import {renderTable} from '../../lib/ui/tables.ts';
import type {EnvironmentsDocument} from '../../lib/environments/documents.ts';

export default class EnvList extends BaseCommand {
  static override summary = 'list the environments of the environments repository';
  static override description =
    'Where each one is, its registry, and whether it is enabled. Problems in the repository are told on stderr.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  override async run(): Promise<EnvironmentsDocument> {
    await this.parse(EnvList);
    const {model} = await openEnvironments(homeDirectory(process.env));
    const environments = [...model.environments.values()].map(describe);
    const rows = environments.map((one) => Object.values(one).map(cell));
    const headings = ['NAME', 'TIER', 'VENDOR', 'ACCOUNT', 'REGION', 'REGISTRY', 'ENABLED'];
    if (!this.jsonEnabled()) {
      repositoryProblemLines(model).forEach((line) => {
        this.note(line);
      });
      process.stdout.write(renderTable(headings, rows, {width: process.stdout.columns}));
    }
    const problems = model.problems.map(describeProblem);
    return {ok: true, exitCode: 0, environments, problems, error: null};
  }
}

/** In the order of the columns. */
function describe(environment: Environment) {
  const {name, tier = null, platform, enabled} = environment;
  return {
    name,
    tier,
    vendor: platform?.vendor ?? null,
    account: accountOf(environment),
    region: platform?.region ?? null,
    registry: registryHost(environment),
    enabled,
  };
}

function cell(value: string | boolean | null): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value ?? '-';
}
