import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../lib/cli/base-command.ts';
import {installWith} from '../lib/cli/installation.ts';
import {settleConsents} from '../lib/cli/asking/settle-consents.ts';
import {tokenFlag} from '../lib/cli/flags/token-flag.ts';
import {repeatInitialisation} from '../lib/environments/checkout/initialise.ts';
import type {InstalledDocument} from '../lib/environments/documents.ts';
import {homeDirectory} from '../lib/environments/home.ts';
import {describeInstalled} from '../lib/ui/installed.ts';
import {describeMissing} from '../lib/ui/missing-consents.ts';

export default class Update extends BaseCommand {
  static override summary = 'bring the clone of the environments repository up to date';
  static override description =
    'Moves the clone to the newest commit of its ref and checks it. The clone is a cache: changes in it are dropped.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --strict',
  ];
  static override flags = {
    ...tokenFlag,
    strict: Flags.boolean({description: 'fail on any problem in the repository, with exit code 2'}),
  };

  override async run(): Promise<InstalledDocument> {
    const {flags} = await this.parse(Update);
    const home = homeDirectory(process.env);
    const signal = this.interruption();
    const plan = () => repeatInitialisation(home, process.cwd());
    // a home that was never initialised is not locked: there may be none
    await plan();
    const installed = await installWith(this, {home, plan, flags, signal});
    this.log(outcome(installed));
    const missing = await settleConsents(this, installed, {signal});
    return {...describeInstalled(installed), missingConsents: describeMissing(missing)};
  }
}

function outcome({commit, previousCommit}: {commit: string; previousCommit?: string}): string {
  const now = commit.slice(0, 12);
  if (previousCommit === undefined) return `cloned anew at ${now}`;
  if (previousCommit === commit) return `up to date at ${now}`;
  return `updated from ${previousCommit.slice(0, 12)} to ${now}`;
}
