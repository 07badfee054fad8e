import {createHash} from 'node:crypto';
import path from 'node:path';
import {localEnvironment} from '../environments/checkout/git-environment.ts';
import {isMissingRef} from '../environments/checkout/git-error.ts';
import {gitIn, type Git} from '../environments/checkout/git.ts';
import {readInside} from '../environments/reading/files.ts';
import type {Problem} from '../environments/model.ts';
import {CorectlError, messageOf} from '../errors.ts';
import {printable} from '../printable.ts';
import {edgesOf, type Edge} from './edges.ts';
import {
  plainManifest,
  sizeLimit,
  thinManifest,
  type LoadedManifests,
  type ManifestSource,
  type ReadText,
} from './load.ts';
import {namedFrom} from './file-names.ts';
import {projectNamed} from './thin-tree.ts';

export interface BaseOptions {
  /** The folder that files are named from. */
  readonly base: string;
  /** The process's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Told of manifests that cannot be read there: what they promoted nobody knows. */
  readonly onUnread?: ((problem: Problem) => void) | undefined;
}

/**
 * What the manifests promoted at another commit of the repository that they are in. Nothing is checked out, and nothing of
 * the repository's configuration is run; manifests that had problems are told and left out. Raises `unknown-ref` and `git-failed`.
 */
export async function edgesAt(ref: string, source: ManifestSource, options: BaseOptions): Promise<Edge[]> {
  const loaded =
    source.kind === 'thin'
      ? await thinAt(ref, source.folder, options)
      : await Promise.all(source.files.map((file) => plainAt(ref, file, options)));
  for (const {problems} of loaded) if (problems[0] !== undefined) options.onUnread?.(problems[0]);
  return edgesOf(loaded.flatMap(({manifests}) => manifests)).edges;
}

async function thinAt(ref: string, folder: string, options: BaseOptions): Promise<LoadedManifests[]> {
  const read = await textsAt(ref, folder, ['manifests', 'images'], options);
  const names = [...read.files]
    .map((file) => /^manifests\/([^/]+)\/promoter-manifest\.yaml$/.exec(file)?.[1])
    .filter((name) => name !== undefined);
  const named = namedFrom(options.base);
  return [...new Set(names)]
    .map(projectNamed)
    .map((project) => thinManifest(project, read.text, (file) => named(path.join(folder, file))));
}

async function plainAt(ref: string, file: string, options: BaseOptions): Promise<LoadedManifests> {
  const name = path.basename(file);
  const {files, text} = await textsAt(ref, path.dirname(file), [name], options);
  // one that is new promoted nothing
  if (!files.has(name)) return {manifests: [], problems: []};
  return plainManifest(namedFrom(options.base)(file), () => text(name));
}

interface Texts {
  readonly files: ReadonlySet<string>;
  readonly text: ReadText;
}

/** The YAML files at a commit; those that are as they stand in the folder are read from there. */
async function textsAt(
  ref: string,
  folder: string,
  paths: readonly string[],
  {env}: BaseOptions,
): Promise<Texts> {
  const git = await gitIn(path.resolve(folder), gitEnvironment(env));
  const texts = new Map<string, string>();
  try {
    const commit = await commitOf(git, ref);
    const listing = await git('ls-tree', '-r', '-z', commit, '--', ...paths);
    for (const {file, id} of filesIn(listing)) {
      const here = readInside(folder, file, sizeLimit);
      const same = here !== 'missing' && 'content' in here && idOf(here.content, id.length) === id;
      texts.set(file, same ? here.content : await git('cat-file', 'blob', id));
    }
  } catch (error) {
    throw explained(error, ref);
  }
  return {
    files: new Set(texts.keys()),
    text: (file) => {
      const content = texts.get(file);
      return content === undefined ? {instead: 'nothing'} : {content};
    },
  };
}

/** As for a clone of ours, but the folder may belong to someone else, as it does in a job's container. */
function gitEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const own = localEnvironment({env});
  const count = Number(own.GIT_CONFIG_COUNT ?? 0);
  return {
    ...own,
    // the manifests may be anywhere in their repository
    GIT_CEILING_DIRECTORIES: '',
    GIT_NO_LAZY_FETCH: '1',
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: 'safe.directory',
    [`GIT_CONFIG_VALUE_${count}`]: '*',
  };
}

async function commitOf(git: Git, ref: string): Promise<string> {
  if (ref === '' || /^-|[\p{Cc}\s]/u.test(ref)) throw new Error(`unknown revision ${ref}`);
  return (await git('rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`)).trim();
}

/** `MODE blob ID\tPATH` of regular files. */
function filesIn(listing: string): {file: string; id: string}[] {
  return listing
    .split('\0')
    .map((entry) => /^100\d{3} blob ([0-9a-f]{40,64})\t(.+)$/s.exec(entry))
    .flatMap((found) => (found === null ? [] : [{id: found[1] ?? '', file: found[2] ?? ''}]))
    .filter(({file}) => /\.ya?ml$/i.test(file) || !file.includes('/'));
}

/** The id that git gives to a file of this content. */
function idOf(content: string, length: number): string {
  const bytes = Buffer.from(content);
  return createHash(length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
}

function explained(error: unknown, ref: string): CorectlError {
  const text = messageOf(error);
  if (isMissingRef(error)) {
    return new CorectlError({
      code: 'unknown-ref',
      message: `expected a branch, tag or commit for --base, found ${JSON.stringify(printable(ref, 100))}`,
      suggestions: ['fetch it first; actions/checkout does with fetch-depth: 0'],
      cause: error,
    });
  }
  const line = text.split('\n').find((one) => one.startsWith('fatal: ')) ?? text;
  return new CorectlError({
    code: 'git-failed',
    message: `git cannot tell what was at ${printable(ref, 100)}: ${printable(line.replace(/^fatal: /, ''), 300)}`,
    suggestions: ['--base needs manifests in a git repository, and git installed'],
    cause: error,
  });
}
