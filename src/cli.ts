import {userInfo} from 'node:os';
import {fileURLToPath} from 'node:url';
import {Config} from '@oclif/core/config';
import type {PJSON} from '@oclif/core/interfaces';
import {run as runCommand} from '@oclif/core/run';
import {guardOutput} from './lib/cli/output/guarded-output.ts';
import {flushed, watchOutputs} from './lib/cli/output/outputs.ts';
import {asFlags, unknownCommand} from './lib/cli/flags/typed-words.ts';
import {errorReport, type CorectlError} from './lib/errors.ts';
import {jsonText} from './lib/printable.ts';
import {coloursOf} from './lib/ui/colours.ts';
import {renderError} from './lib/ui/error-text.ts';

type Entry = string | {root: string; pjson: PJSON};

/**
 * Runs the command that the process's arguments name; `entry` is the URL of the file in bin/ that started it, or what
 * oclif would read there.
 */
export async function run(entry: Entry): Promise<void> {
  // a container's user may have none; the clouds' libraries and the programs that corectl starts fail without it
  process.env.HOME ||= homeOfUser();
  guardOutput(process);
  watchOutputs(tell);
  const words = asFlags(process.argv.slice(2));
  try {
    await runCommand(words, entry);
  } catch (error) {
    await endWith(error, words, entry);
  }
  await flushed();
}

/** What the user database says; for a user without an entry the root, as docker has it. */
function homeOfUser(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
}

const tell = (failure: CorectlError): void => {
  process.stderr.write(renderError(failure, coloursOf(process.stderr, process.env)));
};

/** What oclif throws outside a command: unknown commands and the end of help. */
async function endWith(error: unknown, words: readonly string[], entry: Entry): Promise<void> {
  const {oclif, message, code, stack} = error as {
    oclif?: {exit?: number};
    message: string;
    code?: string;
    stack?: string;
  };
  process.exitCode = oclif?.exit ?? 1;
  if (code === 'EEXIT') return;
  if (oclif === undefined || !/^command .* not found/i.test(message)) {
    process.stderr.write(`${stack ?? message}\n`);
    return;
  }
  const {commandIDs} = await Config.load(typeof entry === 'string' ? fileURLToPath(entry) : entry);
  const failure = unknownCommand(
    words,
    commandIDs.map((id) => id.replaceAll(':', ' ')),
  );
  process.exitCode = failure.exitCode;
  if (words.includes('--json')) process.stdout.write(`${document(failure)}\n`);
  tell(failure);
}

const document = (failure: CorectlError): string =>
  jsonText({ok: false, exitCode: failure.exitCode, error: errorReport(failure)});
