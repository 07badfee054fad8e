import {CorectlError} from '../errors.ts';

/** A failure as lines for stderr, the last one ended: what went wrong and what to do next; for a bug, its stack. */
export function renderError(error: unknown): string {
  if (!(error instanceof CorectlError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `Error: this is a bug in corectl; please report it with what follows\n${stack}\n`;
  }
  return renderFailure(error);
}

/** The same for a failure that is part of a report. */
export function renderFailure({message, suggestions}: Pick<CorectlError, 'message' | 'suggestions'>): string {
  return `Error: ${message}\n${suggestions.map((suggestion) => `  → ${suggestion}\n`).join('')}`;
}
