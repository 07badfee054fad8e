import {setTimeout as delay} from 'node:timers/promises';
import {CorectlError, messageOf} from '../../errors.ts';
import {printable} from '../../printable.ts';
import {localEnvironment, remoteEnvironment, type GitOptions} from './git-environment.ts';
import {explainGitError, isMissingRef, pushReason} from './git-error.ts';
import {gitIn, type Git} from './git.ts';

export interface RemoteRefOptions extends GitOptions {
  /** An empty folder, for git's objects. */
  readonly directory: string;
  /** Whole: `refs/…`. */
  readonly ref: string;
  readonly signal?: AbortSignal | undefined;
}

/** A commit that a ref points to, and what its message says. */
export interface RefText {
  readonly id: string;
  readonly text: string;
}

/** corectl's own commits have no author worth telling. */
const identity = {
  GIT_AUTHOR_NAME: 'corectl',
  GIT_AUTHOR_EMAIL: 'corectl@localhost',
  GIT_COMMITTER_NAME: 'corectl',
  GIT_COMMITTER_EMAIL: 'corectl@localhost',
};

/** Where what was fetched is kept. */
const seen = 'refs/corectl/seen';

/** A push has a ref open for a moment; a process that crashed there leaves it so for good. */
const attemptsWhileOpen = 10;

/**
 * A ref of a repository elsewhere, which says a text: the message of a commit without files. It is changed only where it is
 * still what it was (git-push(1), --force-with-lease), so that of two who change it one is told.
 */
export class RemoteRef {
  readonly #options: RemoteRefOptions;
  #git: {readonly local: Git; readonly remote: Git} | undefined;
  #tree = '';
  #known: RefText | undefined;

  constructor(options: RemoteRefOptions) {
    this.#options = options;
  }

  /** What the ref says now; undefined where there is none. Raises `clone-failed` and the like. */
  async read(): Promise<RefText | undefined> {
    const {source, ref, directory, token, signal} = this.#options;
    try {
      const {local, remote} = await this.#open();
      const id = idIn(await remote('ls-remote', '--', source.url, ref), ref);
      if (id === undefined || id === this.#known?.id) return id === undefined ? undefined : this.#known;
      await remote('fetch', '--quiet', '--no-tags', '--depth=1', '--', source.url, `+${ref}:${seen}`);
      const [found = '', ...text] = (await local('log', '-1', '--format=%H%n%B', seen)).split('\n');
      this.#known = {id: found, text: text.join('\n')};
      return this.#known;
    } catch (error) {
      // it was removed between the two questions
      if (isMissingRef(error)) return undefined;
      signal?.throwIfAborted();
      throw explainGitError(error, {source, directory, token});
    }
  }

  /**
   * Has the ref say another text, or removes it; `before` is the commit that it is at, if it is there. `moved` where it is not
   * any more. Raises `lock-refused` where the repository does not let it happen.
   */
  async replace(
    before: string | undefined,
    text: string | undefined,
  ): Promise<RefText | 'removed' | 'moved'> {
    const id = text === undefined ? '' : await this.#commit(text);
    if (!(await this.#push(before, id))) return 'moved';
    if (text === undefined) return 'removed';
    this.#known = {id, text};
    return this.#known;
  }

  /** False where the ref is not at `before` any more. Waits for another push that has it open just now. */
  async #push(before: string | undefined, id: string): Promise<boolean> {
    const {source, ref, signal, token} = this.#options;
    const {remote} = await this.#open();
    const lease = `--force-with-lease=${ref}:${before ?? ''}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await remote('push', '--quiet', '--no-verify', lease, '--', source.url, `${id}:${ref}`);
        return true;
      } catch (error) {
        signal?.throwIfAborted();
        const now = (await this.read())?.id;
        // somebody else may have removed it, or moved it there and back again by now
        if (isRace(error) && now !== id) return false;
        // a push may succeed and its answer be lost
        if (now === (id === '' ? undefined : id)) return true;
        if (now !== before) return false;
        if (!isOpen(error) || attempt === attemptsWhileOpen)
          throw refused(source.url, ref, pushReason(error, token));
        await delay(Math.random() * attempt * 100);
      }
    }
  }

  async #commit(text: string): Promise<string> {
    const {local} = await this.#open();
    return (await local('commit-tree', '-m', text, this.#tree)).trim();
  }

  async #open(): Promise<{readonly local: Git; readonly remote: Git}> {
    if (this.#git !== undefined) return this.#git;
    const {directory, source, signal} = this.#options;
    const local = await gitIn(directory, {...localEnvironment(this.#options), ...identity}, {signal});
    const remote = await gitIn(directory, remoteEnvironment(this.#options), {signal});
    const listed = await remote('ls-remote', '--', source.url, 'HEAD');
    const format = (listed.split('\t')[0] ?? '').length === 64 ? 'sha256' : 'sha1';
    await local('init', '--quiet', '--bare', '--template=', `--object-format=${format}`);
    this.#tree = (await local('hash-object', '-t', 'tree', '-w', '/dev/null')).trim();
    this.#git = {local, remote};
    return this.#git;
  }
}

/** What git and servers say where a ref is not what the push took it for. */
const isRace = (error: unknown): boolean =>
  /stale info|reference already exists|is at [0-9a-f]+ but expected|unable to resolve reference|fetch first/i.test(
    messageOf(error),
  );

/** What git says where another process has the file of a ref open, or has left it behind. */
const isOpen = (error: unknown): boolean =>
  /Unable to create '.*\.lock': File exists/i.test(messageOf(error));

/** A pattern matches the end of any name. */
function idIn(listed: string, ref: string): string | undefined {
  const line = listed.split('\n').find((one) => one.split('\t')[1] === ref);
  return line?.split('\t')[0];
}

function refused(url: string, ref: string, why: string): CorectlError {
  return new CorectlError({
    code: 'lock-refused',
    message: `cannot write the lock ${ref} to ${printable(url, 200)}: ${why}`,
    suggestions: [
      'give the token or key the right to push to the environments repository (contents: write), or promote without --lock',
    ],
  });
}
