import {CorectlError} from '../errors.ts';
import {noColours, type Colours} from './colours.ts';

/** A failure as lines for stderr, the last one ended: its code, what went wrong and what to do next; for a bug, its stack. */
export function renderError(error: unknown, colours = noColours): string {
  if (error instanceof CorectlError) return renderFailure(error, colours);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = 'this is a bug in corectl; please report it with what follows';
  return `${renderFailure({code: 'internal', message, suggestions: []}, colours)}${stack}\n`;
}

/** What is told of a failure. */
export interface Told {
  readonly code: string;
  readonly message: string;
  readonly suggestions: readonly string[];
}

/** The same for a failure that is part of a report. */
export function renderFailure({code, message, suggestions}: Told, {bad}: Colours = noColours): string {
  const next = suggestions.map((suggestion) => `  → ${suggestion}\n`);
  return `${bad(`error[${code}]`)}: ${message}\n${next.join('')}`;
}
