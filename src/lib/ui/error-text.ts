import {CorectlError} from '../errors.ts';

/** A failure as lines for stderr, the last one ended: what went wrong and what to do next; for a bug, its stack. */
export function renderError(error: unknown): string {
  if (!(error instanceof CorectlError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `Error: this is a bug in corectl; please report it with what follows\n${stack}\n`;
  }
  const next = error.suggestions.map((suggestion) => `  → ${suggestion}\n`).join('');
  return `Error: ${error.message}\n${next}`;
}
