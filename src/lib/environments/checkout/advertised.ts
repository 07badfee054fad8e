import {CorectlError} from '../../errors.ts';
import {printable} from '../../printable.ts';
import type {Git} from './git.ts';
import type {GitRef} from './ref.ts';

/** What a source says of itself before anything is fetched. */
export interface Advertised {
  readonly objectFormat: 'sha1' | 'sha256';
  /** The whole name of what is to be fetched; undefined where the source has none of that name. */
  readonly name?: string;
}

/**
 * Asks the source for its default branch, or for the branch or tag of that name. Raises `ambiguous-ref` for a name that is
 * both: git would take the one in some commands and the other in others; `unknown-ref` where the default branch is wanted and
 * the source says of one that it does not have, though it has others.
 */
export async function advertised(
  remote: Git,
  {url, ref}: {readonly url: string; readonly ref: GitRef | undefined},
): Promise<Advertised> {
  const wanted =
    ref === undefined ? ['HEAD'] : isWhole(ref) ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  const listed = await remote('ls-remote', '--', url, ...new Set(['HEAD', ...wanted]));
  const lines = listed.split('\n').map((line) => line.split('\t'));
  const names = new Set(lines.map(([, name]) => name));
  // a pattern matches the end of any name
  const found = wanted.filter((name) => names.has(name));
  if (found.length > 1) throw ambiguous(ref ?? '', found);
  const [name] = found;
  if (ref === undefined && name === undefined) await refuseMissingDefault(remote, url);
  const objectFormat = lines.some(([id = '']) => id.length === 64) ? 'sha256' : 'sha1';
  return {objectFormat, ...(name !== undefined && {name})};
}

/** Whether the ref is a branch or tag by its whole name. */
const isWhole = (ref: GitRef): boolean => /^refs\/(?:heads|tags)\/./.test(ref) || ref === 'HEAD';

/** How many branches a message names; who has more knows which one is wanted. */
const branchesShown = 5;

/** Git calls a branch without commits unborn (gitglossary): HEAD may name one for ever, where the branch was renamed. */
async function refuseMissingDefault(remote: Git, url: string): Promise<void> {
  const listed = await remote('ls-remote', '--heads', '--', url);
  const branches = listed.split('\n').flatMap((line) => line.split('\trefs/heads/')[1] ?? []);
  if (branches.length === 0) return;
  const shown = printable(url, 200);
  throw new CorectlError({
    code: 'unknown-ref',
    message: `expected the default branch of ${shown}, found that it names one that is not there`,
    suggestions: branches
      .slice(0, branchesShown)
      .map((branch) => `corectl init --environments-repo ${shown} --ref ${printable(branch, 200)}`),
  });
}

function ambiguous(ref: string, found: readonly string[]): CorectlError {
  return new CorectlError({
    code: 'ambiguous-ref',
    message: `expected one branch or tag ${printable(ref, 100)}, found both: ${found.map((name) => printable(name, 200)).join(' and ')}`,
    suggestions: found.map((name) => `--ref ${printable(name, 200)}`),
  });
}
