import {userInfo} from 'node:os';
import {Config} from '@oclif/core/config';
import type {PJSON} from '@oclif/core/interfaces';
import {run as runCommand} from '@oclif/core/run';
import {guardOutput} from './lib/cli/output/guarded-output.ts';
import {flushed, watchOutputs} from './lib/cli/output/outputs.ts';
import {asksForDocument, writeDocument} from './lib/cli/output/one-document.ts';
import {
  asFlags,
  asksForVersion,
  isCommand,
  unknownCommand,
  versionIsText,
} from './lib/cli/flags/typed-words.ts';
import {CorectlError, errorReport, exitCodes, messageOf} from './lib/errors.ts';
import {coloursOf} from './lib/ui/colours.ts';
import {renderError} from './lib/ui/error-text.ts';

/** The package's folder, and its package.json. */
export interface Entry {
  readonly root: string;
  readonly pjson: PJSON;
}

/** Runs the command that the process's arguments name, of the package that is told. */
export async function run(entry: Entry): Promise<void> {
  // a container's user may have none; the clouds' libraries and the programs that corectl starts fail without it
  process.env.HOME ||= homeOfUser();
  guardOutput(process);
  watchOutputs(tell);
  const words = asFlags(process.argv.slice(2));
  process.on('uncaughtException', (error) => {
    endWith(error, words);
    process.exit();
  });
  try {
    // where a document is asked for, help that nobody asked for is none
    if (asksForDocument(words) && !asksForHelp(words)) await refuseUnknown(words, entry);
    await runCommand(words, entry);
  } catch (error) {
    endWith(isUnknown(error) ? unknownCommand(words, await commandsOf(entry)) : error, words);
  }
  await flushed();
}

async function refuseUnknown(words: readonly string[], entry: Entry): Promise<void> {
  if (asksForVersion(words)) throw versionIsText();
  const commands = await commandsOf(entry);
  if (!isCommand(words, commands)) throw unknownCommand(words, commands);
}

/** As they are typed. */
async function commandsOf(entry: Entry): Promise<string[]> {
  const {commandIDs} = await Config.load(entry);
  return commandIDs.map((id) => id.replaceAll(':', ' '));
}

const asksForHelp = (words: readonly string[]): boolean => words.includes('--help') || words.includes('-h');

/** What the user database says; for a user without an entry the root, as docker has it. */
function homeOfUser(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
}

const tell = (failure: unknown): void => {
  process.stderr.write(renderError(failure, coloursOf(process.stderr, process.env)));
};

/** What oclif says of a command that it does not have; it has no code for it. */
const isUnknown = (error: unknown): boolean => /^command .* not found/i.test(messageOf(error));

/** What is thrown outside a command: unknown commands, the end of help, bugs. */
function endWith(error: unknown, words: readonly string[]): void {
  const {oclif, code} = error as {oclif?: {exit?: number}; code?: string};
  const isEnd = code === 'EEXIT';
  process.exitCode = error instanceof CorectlError ? error.exitCode : (oclif?.exit ?? exitCodes.failed);
  if (isEnd) return;
  const {exitCode} = process;
  if (asksForDocument(words)) writeDocument(process.stdout, {ok: false, exitCode, error: errorReport(error)});
  tell(error);
}
