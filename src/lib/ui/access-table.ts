import type {EnvironmentAccess} from '../access/documents.ts';
import type {Told} from './error-text.ts';
import {renderTable, type TableOptions} from './tables.ts';

/** One row an environment: who corectl would be there, from what, until when, and what it may do. */
export function renderAccess(rows: readonly EnvironmentAccess[], options: TableOptions): string {
  const headings = ['ENVIRONMENT', 'IDENTITY', 'SOURCE', 'EXPIRES', 'PULL', 'PUSH'];
  return renderTable(
    headings,
    rows.map((row) => [
      nameOf(row),
      row.identity ?? '-',
      row.source ?? '-',
      row.expires ?? '-',
      word(row.mayPull),
      row.side === 'source' ? '-' : word(row.mayPush),
    ]),
    options,
  );
}

/**
 * The reasons behind a `no` or `?`, each as it would be told on its own. That a repository is missing counts only where
 * `repositories` are meant, and not for one whose name was made up.
 */
export function refusalsOf(
  rows: readonly EnvironmentAccess[],
  {repositories: meant}: {readonly repositories: boolean},
): Told[] {
  return rows.flatMap((row) => {
    const {error, repositories} = row;
    const errors = repositories.length === 0 ? [error] : repositories.map((one) => one.error);
    return errors
      .filter((one) => one !== null)
      .filter(({code}) => meant || code !== 'repository-missing')
      .map(({code, message, suggestions}) => ({code, message: `${nameOf(row)}: ${message}`, suggestions}));
  });
}

const nameOf = ({environment, side}: EnvironmentAccess): string =>
  side === 'source' ? `${environment} (source)` : environment;

function word(may: boolean | null): string {
  if (may === null) return '?';
  return may ? 'yes' : 'no';
}
