import {readInitialisationFile} from '../../environments/checkout/initialise.ts';
import type {Settings} from '../../environments/settings.ts';
import {ask, mayAsk} from '../../ui/ask.ts';
import {usageError} from '../../usage-error.ts';

export interface RepositoryFlags {
  readonly 'environments-repo'?: string | undefined;
  readonly file?: string | undefined;
}

/** The repository that is named, or else what the user answers. Raises `usage` where nobody can be asked. */
export async function repositoryNamed(
  flags: RepositoryFlags,
  signal: AbortSignal,
): Promise<string | Settings> {
  if (flags.file !== undefined) return readInitialisationFile(flags.file);
  const named = flags['environments-repo'] ?? process.env.CORECTL_ENVIRONMENTS_REPO;
  if (named) return named;
  if (mayAsk()) return ask('environments repository (URL or path): ', signal);
  throw usageError('usage', 'expected an environments repository, found none', [
    'corectl init -e URL|PATH, or set CORECTL_ENVIRONMENTS_REPO',
  ]);
}
