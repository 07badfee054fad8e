import {once} from 'node:events';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../lib/cli/base-command.ts';
import {runCorectl} from '../lib/cli/run-corectl.ts';
import {environmentOf, instructions} from '../lib/sandbox/instructions.ts';
import type {OpenSandboxDocument, TourDocument} from '../lib/sandbox/documents.ts';
import {openSandbox, type Sandbox} from '../lib/sandbox/sandbox.ts';
import {commandLine, stepsOf, takeTour} from '../lib/sandbox/tour.ts';

export default class SandboxCommand extends BaseCommand {
  static override summary = 'try corectl on this machine, with nothing installed and no account';
  static override description =
    'Starts three registries on loopback, makes a sample environments repository and pushes a sample image for two platforms. Prints what to type and stays until Ctrl-C, which removes everything. With --run it types by itself, shows each command with its output, and checks every digest at every registry.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --run',
  ];
  static override flags = {
    run: Flags.boolean({description: 'take the tour instead of waiting for you to'}),
  };

  async run(): Promise<TourDocument | undefined> {
    const {flags} = await this.parse(SandboxCommand);
    const signal = this.interruption();
    const sandbox = await openSandbox(process.env);
    try {
      if (flags.run) return await this.tour(sandbox, signal);
      await this.stay(sandbox, signal);
      // it has printed its own
      return undefined;
    } finally {
      await sandbox.close();
    }
  }

  /** Shows the commands and their output on stdout; with --json on stderr. */
  private async tour(sandbox: Sandbox, signal: AbortSignal): Promise<TourDocument> {
    const output = this.jsonEnabled() ? 'stderr' : 'stdout';
    const environment = environmentOf(sandbox);
    const print = (text: string) => process[output].write(text);
    const run = (args: readonly string[]) => runCorectl(args, {environment, output, signal});
    const verified = await takeTour(sandbox, {run, print, signal});
    print(`\n${verified}\n`);
    return {ok: true, exitCode: 0, commands: stepsOf(sandbox).map(commandLine), verified, error: null};
  }

  private async stay(sandbox: Sandbox, signal: AbortSignal): Promise<void> {
    if (this.jsonEnabled()) this.logJson(documentOf(sandbox));
    else process.stdout.write(instructions(sandbox));
    if (!signal.aborted) await once(signal, 'abort');
    this.note('Closing the sandbox.');
  }
}

function documentOf(sandbox: Sandbox): OpenSandboxDocument {
  const {registries, repository} = sandbox;
  return {
    ok: true,
    exitCode: 0,
    environment: environmentOf(sandbox),
    repository,
    registries: Object.values(registries).map(({environment, host}) => ({environment, host})),
    commands: stepsOf(sandbox).map(commandLine),
    error: null,
  };
}
