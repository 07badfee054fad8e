import {install, type Installed, type InstallOptions} from '../environments/checkout/install.ts';
import {githubToken} from '../environments/checkout/token.ts';
import {mayAsk} from '../ui/ask.ts';
import {tellingInstallation} from '../ui/installed.ts';
import type {Model, Problem} from '../environments/model.ts';
import type {BaseCommand} from './base-command.ts';
import {readerIn} from './runs/demands.ts';
import {tokenOf, type TokenFlag} from './flags/token-flag.ts';

export interface InstallationOptions extends Pick<InstallOptions, 'home' | 'plan' | 'signal' | 'on'> {
  readonly flags: TokenFlag & {readonly strict: boolean};
}

/** Installs an environments repository, and tells on stderr what is met on the way. */
export async function installWith(
  command: BaseCommand,
  {flags, on, ...options}: InstallationOptions,
): Promise<Installed> {
  const note = (line: string) => {
    command.note(line);
  };
  return install({
    ...options,
    token: githubToken(await tokenOf(flags['github-token'], process.stdin), process.env),
    strict: flags.strict,
    inspect: flags.strict ? policyProblems : undefined,
    env: process.env,
    terminal: mayAsk(),
    on: {...tellingInstallation(options.home, note), ...on},
  });
}

/** What is wrong with what stages demand and how promotions are recorded; loads nothing where nothing is. */
async function policyProblems(model: Model, folder: string): Promise<readonly Problem[]> {
  const {trust, record, stages, environments} = model;
  const demanding = [...stages.values(), ...environments.values()].some((one) => one.require !== undefined);
  if (trust === undefined && record === undefined && !demanding) return [];
  const {checkPolicy} = await import('../policy/check.ts');
  return (await checkPolicy(model, readerIn(folder))).problems;
}
