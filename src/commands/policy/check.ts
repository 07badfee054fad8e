import path from 'node:path';
import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {readerIn} from '../../lib/cli/runs/demands.ts';
import {cloneDirectory, homeDirectory} from '../../lib/environments/home.ts';
import {openEnvironments} from '../../lib/environments/open.ts';
import {formatProblem} from '../../lib/environments/problem.ts';
import {count} from '../../lib/ui/count.ts';
import {usageError} from '../../lib/usage-error.ts';
import type {PolicyDocument} from '../../lib/promotion/documents.ts';

export default class PolicyCheck extends BaseCommand {
  static override summary = 'check what stages and environments demand, without asking any registry';
  static override description = `Finds everything that is wrong with trust and require in an environments repository, each with file, line and column: unknown fields, identities and predicates, conditions, keys, the trust root. For the repository's own CI.

Exit codes:
  0  the policy is sound
  2  it is not, or usage`;
  static override examples = ['<%= config.bin %> <%= command.id %> .', '<%= config.bin %> <%= command.id %>'];
  static override args = {
    folder: Args.string({description: 'an environments repository; the one of corectl init unless given'}),
  };

  override async run(): Promise<PolicyDocument> {
    const {args} = await this.parse(PolicyCheck);
    const {checkPolicy} = await import('../../lib/policy/check.ts');
    const home = homeDirectory(process.env);
    const folder = args.folder === undefined ? cloneDirectory(home) : path.resolve(args.folder);
    const model = args.folder === undefined ? (await openEnvironments(home)).model : await modelIn(folder);
    const {problems, rules} = await checkPolicy(model, readerIn(folder));
    for (const problem of problems) this.note(formatProblem(problem));
    if (problems.length > 0)
      throw usageError('invalid-policy', `${count(problems.length, 'problem')} in the policy`, []);
    this.log(`${count(rules, 'rule')}: no problems.`);
    return {ok: true, exitCode: 0, rules, error: null};
  }
}

async function modelIn(folder: string) {
  const {loadModel} = await import('../../lib/environments/reading/load.ts');
  const model = await loadModel(folder);
  if (model.stages.size > 0) return model;
  throw usageError('invalid-repository', 'there are no stages in that folder', [
    ...model.problems.slice(0, 20).map(formatProblem),
    'name the root of an environments repository',
  ]);
}
