import {setMaxListeners} from 'node:events';
import {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import {CorectlError, errorReport, exitCodes, interrupted, type ExitCode} from '../errors.ts';
import {nearest} from '../nearest.ts';
import {coloursOf} from '../ui/colours.ts';
import {failureAnnotation} from '../ui/runner/github-annotations.ts';
import {renderError} from '../ui/error-text.ts';
import {onGitHub} from './output/github.ts';
import {writeCommand} from './output/guarded-output.ts';
import {asksForDocument, writeDocument} from './output/one-document.ts';
import {systemFailure} from './output/system-failure.ts';

/** What every command shares: --json, --verbose, Ctrl-C as an AbortSignal, and how a failure ends the process. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {
    json: Flags.boolean({description: 'print one JSON document on stdout', helpGroup: 'GLOBAL'}),
    verbose: Flags.boolean({description: 'show each request and its outcome on stderr', helpGroup: 'GLOBAL'}),
    quiet: Flags.boolean({
      description: 'no progress: the result, warnings and errors alone',
      helpGroup: 'GLOBAL',
      exclusive: ['verbose'],
    }),
  };

  #interruption: AbortController | undefined;

  /** Aborted at the first Ctrl-C (or SIGTERM, or SIGHUP); the second one ends the process at once. */
  interruption(): AbortSignal {
    return (this.#interruption ??= interruptionOf(process, this.#quit)).signal;
  }

  /** Ends what is under way as a first Ctrl-C does. */
  interrupt(): void {
    this.#interruption?.abort(interrupted());
  }

  /** What ends at once has its document all the same. */
  readonly #quit = (): void => {
    process.exitCode = exitCodes.interrupted;
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(interrupted()));
    process.exit();
  };

  protected override async init(): Promise<void> {
    await super.init();
    if (!this.jsonEnabled()) return;
    // a command that cannot be interrupted ends at once
    for (const signal of signals)
      process.on(signal, () => {
        if (this.#interruption === undefined) this.#quit();
      });
  }

  /** One way to ask for a document: the flag. */
  override jsonEnabled(): boolean {
    return asksForDocument(this.argv);
  }

  /** One line on stderr, with --json too. */
  note(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** The same for something that may matter and stops nothing. */
  readonly noteWarning = (text: string): void => {
    this.note(`warning: ${text}`);
  };

  /** The document on stdout; nothing for a command that has printed its own. */
  override logJson(document: unknown): void {
    writeDocument(process.stdout, document);
  }

  protected override async catch(error: unknown): Promise<void> {
    const failure = asFailure(error);
    process.exitCode = exitCodeOf(failure);
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(failure));
    process.stderr.write(renderError(failure, coloursOf(process.stderr, process.env)));
    if (onGitHub(process.env)) writeCommand(process.stderr, failureAnnotation(errorReport(failure)));
    return Promise.resolve();
  }

  protected override toErrorJson(error: unknown): unknown {
    return {ok: false, exitCode: process.exitCode, error: errorReport(error)};
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function interruptionOf(process: NodeJS.Process, quit: () => void): AbortController {
  const controller = new AbortController();
  // every request in flight listens; Node would take more than ten for a leak
  setMaxListeners(0, controller.signal);
  const interrupt = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) controller.abort(interrupted());
    // a terminal that is closed hangs up twice: its shell tells its jobs, and the kernel does when the shell has ended
    else if (signal !== 'SIGHUP') quit();
  };
  for (const signal of signals) process.on(signal, interrupt);
  return controller;
}

/** An interruption is the user's, wherever it was noticed. */
function exitCodeOf(failure: unknown): ExitCode {
  if (!(failure instanceof CorectlError)) return exitCodes.failed;
  return failure.code === 'interrupted' ? exitCodes.interrupted : failure.exitCode;
}

/** oclif's complaints about flags and arguments, and files that cannot be used, are the user's to mend; the rest stays as it is. */
function asFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CorectlError) return error;
  // all that oclif raises has its name on it; what it finds while it reads one flag lacks the `parse` of the rest
  if (!('parse' in error) && !('oclif' in error)) return systemFailure(error) ?? error;
  return new CorectlError({
    code: 'usage',
    message: plain(error.message),
    suggestions: [...meantFlags(error), 'see the same command with --help'],
    cause: error,
  });
}

/** Flags of the command that mistyped ones may have meant. */
function meantFlags(error: Error): string[] {
  const {flags = [], parse} = error as UnknownFlags;
  const known = Object.keys(parse?.input?.flags ?? {});
  return flags
    .flatMap((flag) => nearest(flag.replace(/^-+/, ''), known))
    .map((name) => `did you mean --${name}?`);
}

/** As much as is used of oclif's error, whose class it exports nowhere that loads quickly. */
interface UnknownFlags extends Error {
  readonly flags?: readonly string[];
  readonly parse?: {readonly input?: {readonly flags?: object}};
}

/** oclif's message as one line: without its headline, its note on greedy flags (corectl has none) and its hint. */
function plain(message: string): string {
  return message
    .replace(/^The following errors? occurred:/, '')
    .replace(/\n\nNote: [^]*/, '')
    .replace(/\nSee more help with --help$/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^Parsing (--\S+) Expected/, '$1: expected');
}
