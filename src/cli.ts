import {userInfo} from 'node:os';
import {flush} from '@oclif/core/flush';
import type {PJSON} from '@oclif/core/interfaces';
import {run as runCommand} from '@oclif/core/run';
import {guardOutput} from './lib/cli/guarded-output.ts';

/**
 * Runs the command that the process's arguments name; `entry` is the URL of the file in bin/ that started it, or what
 * oclif would read there.
 */
export async function run(entry: string | {root: string; pjson: PJSON}): Promise<void> {
  // a container's user may have none; the clouds' libraries and the programs that corectl starts fail without it
  process.env.HOME ||= homeOfUser();
  guardOutput(process);
  try {
    await runCommand(process.argv.slice(2), entry);
    await flush();
  } catch (error) {
    endWith(error);
  }
}

/** What the user database says; for a user without an entry the root, as docker has it. */
function homeOfUser(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
}

/** What oclif throws outside a command: unknown commands and the end of help. */
function endWith(error: unknown): void {
  const {oclif, message, code, stack} = error as {
    oclif?: {exit?: number};
    message: string;
    code?: string;
    stack?: string;
  };
  process.exitCode = oclif?.exit ?? 1;
  if (code === 'EEXIT') return;
  process.stderr.write(
    oclif
      ? `Error: ${message.replace(/^command (\S+) not found/, unknownCommand)}\n  → corectl --help lists the commands\n`
      : `${stack ?? message}\n`,
  );
}

const unknownCommand = (_message: string, id: string): string =>
  `there is no command ${id.replaceAll(':', ' ')}`;
