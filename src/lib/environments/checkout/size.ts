import {readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {CorectlError} from '../../errors.ts';

// an environments repository has some hundred small files; beyond this it is something else
const sizeLimits = {entries: 50_000, bytes: 512 * 1024 * 1024};

// one look at a handful of files
const lookMs = 500;

export interface TreeOf {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Counts what a commit would unpack to, without unpacking it: a few kilobytes may name one file a million times. Raises
 * `repository-too-large`.
 */
export async function checkSize({directory, env, commit, signal}: TreeOf): Promise<void> {
  const {execa} = await import('execa');
  const listing = execa('git', ['ls-tree', '-r', '-t', '-l', '--full-tree', commit], {
    cwd: directory,
    env,
    extendEnv: false,
    buffer: false,
    reject: false,
    ...(signal !== undefined && {cancelSignal: signal}),
  });
  let [entries, bytes] = [0, 0];
  for await (const line of listing) {
    entries += 1;
    // MODE TYPE ID SIZE<tab>PATH; folders have - for a size
    bytes += Number(/^\S+ +\S+ +\S+ +(\d+)\t/.exec(line)?.[1] ?? 0);
    if (entries <= sizeLimits.entries && bytes <= sizeLimits.bytes) continue;
    listing.kill();
    throw tooLarge(entries > sizeLimits.entries ? 'files and folders' : 'bytes');
  }
}

/** Ends a fetch that brings more bytes than a repository may have. Raises `repository-too-large` besides what it raises. */
export async function withinBytes<Result>(
  directory: string,
  fetch: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const timer = setInterval(() => {
    void bytesIn(path.join(directory, '.git', 'objects', 'pack')).then((bytes) => {
      if (bytes > sizeLimits.bytes) limit.abort();
    });
  }, lookMs);
  try {
    return await fetch(limit.signal);
  } catch (error) {
    throw limit.signal.aborted ? tooLarge('bytes') : error;
  } finally {
    clearInterval(timer);
  }
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map((name) =>
    stat(path.join(folder, name)).then(
      ({size}) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function tooLarge(unit: 'files and folders' | 'bytes'): CorectlError {
  const limit = unit === 'bytes' ? sizeLimits.bytes : sizeLimits.entries;
  return new CorectlError({
    code: 'repository-too-large',
    message: `expected an environments repository of at most ${limit} ${unit}, found more`,
    suggestions: ['name the repository that has corectl.yaml, environments/ and tenants/'],
  });
}
