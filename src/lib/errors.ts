/** The exit codes of the command line. */
export const exitCodes = {
  success: 0,
  failed: 1,
  usage: 2,
  imageNotFound: 3,
  conflict: 4,
  unreachable: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface CorectlErrorOptions {
  /** Stable and machine-readable: `unknown-tenant`. */
  readonly code: string;
  /** One line: what was expected, what was found, on which side. */
  readonly message: string;
  /** What to do next, one sentence or command each. */
  readonly suggestions?: readonly string[];
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** A failure that the user can act upon. Every other error is a bug and shows its stack. */
export class CorectlError extends Error {
  readonly code: string;
  readonly suggestions: readonly string[];
  readonly exitCode: ExitCode;

  constructor({code, message, suggestions = [], exitCode = exitCodes.usage, cause}: CorectlErrorOptions) {
    super(message, {cause});
    this.name = 'CorectlError';
    this.code = code;
    this.suggestions = suggestions;
    this.exitCode = exitCode;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
