import type * as z from 'zod';
import type {errorShape} from './error-shape.ts';
import type {ErrorCode} from './troubles.ts';

/** The exit codes of the command line. */
export const exitCodes = {
  success: 0,
  failed: 1,
  usage: 2,
  imageNotFound: 3,
  conflict: 4,
  unreachable: 5,
  policy: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Where something happened: where an image is read, or where it is written. */
export type Side = 'source' | 'destination';

export interface CorectlErrorOptions {
  /** Stable and machine-readable, with a section in docs/troubleshooting.md: `unknown-tenant`. */
  readonly code: ErrorCode;
  /** One line: what was expected, what was found, on which side. */
  readonly message: string;
  /** What to do next, one sentence or command each. */
  readonly suggestions?: readonly string[];
  readonly exitCode?: ExitCode;
  readonly side?: Side | undefined;
  readonly cause?: unknown;
}

/** A failure that the user can act upon. Every other error is a bug and shows its stack. */
export class CorectlError extends Error {
  readonly code: ErrorCode;
  readonly suggestions: readonly string[];
  readonly exitCode: ExitCode;
  /** The side that it happened on, where that is known. */
  readonly side: Side | undefined;

  constructor({
    code,
    message,
    suggestions = [],
    exitCode = exitCodes.usage,
    side,
    cause,
  }: CorectlErrorOptions) {
    super(message, {cause});
    this.name = 'CorectlError';
    this.code = code;
    this.suggestions = suggestions;
    this.exitCode = exitCode;
    this.side = side;
  }

  /** The same failure told in other words: what is not named stays, and this error becomes the cause. */
  with(changes: Partial<CorectlErrorOptions>): CorectlError {
    const {code, message, suggestions, exitCode, side} = this;
    return new CorectlError({code, message, suggestions, exitCode, side, cause: this, ...changes});
  }
}

/** The error for what the user ended. */
export function interrupted(suggestions: readonly string[] = []): CorectlError {
  return new CorectlError({
    ...{code: 'interrupted', message: 'interrupted', suggestions},
    exitCode: exitCodes.interrupted,
  });
}

/** An error as the JSON documents hold it. */
export type ErrorReport = z.infer<typeof errorShape>;

/** Anything that was thrown, as the JSON documents hold it; what the user cannot act upon has the code `internal`. */
export function errorReport(error: unknown): ErrorReport {
  if (!(error instanceof CorectlError))
    return {code: 'internal', message: messageOf(error), suggestions: [], side: null};
  const {code, message, suggestions, side = null} = error;
  return {code, message, suggestions: [...suggestions], side};
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
