import {tenantOf} from '../../lib/environments/tenant.ts';
import {refuseProblems} from '../../lib/environments/problem.ts';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {homeDirectory} from '../../lib/environments/home.ts';
import type {Model, Tenant} from '../../lib/environments/model.ts';
import {openEnvironments} from '../../lib/environments/open.ts';
import {describeLeftOut, describeProblem, describeStages} from '../../lib/environments/description.ts';
import {formatPosition} from '../../lib/environments/problem.ts';
import {repositoryProblemLines} from '../../lib/ui/installed.ts';
import {leftOutLine} from '../../lib/ui/left-out.ts';
import {renderOrigins, renderStages} from '../../lib/ui/stage-table.ts';
import type {StagesDocument} from '../../lib/environments/documents.ts';

export default class Stages extends BaseCommand {
  static override summary =
    'show the path to production: stages, environments, registries and what comes next';
  static override description =
    'For a tenant, its repositories in each stage, and the environments that are not meant for it, with the reason. With --verbose, the file and key that each fact came from.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --tenant payments',
    '<%= config.bin %> <%= command.id %> --tenant payments --json',
  ];
  static override flags = {
    tenant: Flags.string({
      char: 't',
      helpValue: 'TENANT',
      description: 'show the repositories of this tenant',
    }),
  };

  override async run(): Promise<StagesDocument> {
    const {flags} = await this.parse(Stages);
    const {model, source, commit = null} = await openEnvironments(homeDirectory(process.env));
    const tenant = flags.tenant === undefined ? undefined : knownTenant(model, flags.tenant);
    const stages = describeStages(model, tenant);
    const leftOut = tenant === undefined ? [] : describeLeftOut(model, tenant);
    if (!this.jsonEnabled()) {
      repositoryProblemLines(model).forEach((line) => {
        this.note(line);
      });
      process.stdout.write(renderStages(stages, {width: process.stdout.columns}));
      if (leftOut.length > 0) process.stdout.write(`\n${leftOutLine(leftOut)}\n`);
      if (flags.verbose) process.stdout.write(`\n${renderOrigins(stages)}${originOf(tenant)}`);
    }
    const problems = model.problems.map(describeProblem);
    const name = tenant?.name ?? null;
    return {ok: true, exitCode: 0, source, commit, tenant: name, stages, leftOut, problems, error: null};
  }
}

/** A tenant whose file has a problem is refused for that, and not as unknown. */
function knownTenant(model: Model, name: string): Tenant {
  if (!model.tenants.has(name)) refuseProblems(model, [{kind: 'tenant', name}]);
  return tenantOf(model, name);
}

const originOf = (tenant: Tenant | undefined): string =>
  tenant === undefined ? '' : `${tenant.name}: ${formatPosition(tenant.origin)}\n`;
