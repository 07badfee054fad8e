import {mkdir, mkdtemp, rm, rmdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {CorectlError} from '../../errors.ts';
import {currentClone} from '../current-clone.ts';
import {cloneDirectory, clonesDirectory} from '../home.ts';
import {inHome} from '../home-error.ts';
import {hasStages, loadModel} from '../reading/load.ts';
import type {Model, Problem} from '../model.ts';
import {readCommit} from '../open.ts';
import {waitingSettings, writeSettings} from '../settings.ts';
import {valueAt} from '../reading/shape.ts';
import {checkOut, type CheckedOut} from './checkout.ts';
import type {Initialisation} from './initialise.ts';
import {lockHome, type HomeLock} from './home-lock.ts';
import {finishSettings, putInForce, removeOldClones} from './put-in-force.ts';
import type {RepositorySource} from './source.ts';

export interface InstallOptions {
  readonly home: string;
  /** What is to be cloned and saved, decided when no other process can change the home any more. */
  readonly plan: () => Promise<Initialisation>;
  /** The token for the source, if there is one for it. */
  readonly token?: ((source: RepositorySource) => string | undefined) | undefined;
  /** The process's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether someone is there to answer git's questions. */
  readonly terminal: boolean;
  /** Any problem in the repository is a failure. */
  readonly strict?: boolean;
  /** Who looks for more problems than those of reading it, in the folder that it is in. */
  readonly inspect?: ((model: Model, folder: string) => Promise<readonly Problem[]>) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly on?: InstallEvents;
}

/** Called on the way. */
export interface InstallEvents {
  /** Another process changes the home: this one waits for it. */
  readonly wait?: () => void;
  readonly plan?: (plan: Initialisation) => void;
  readonly fetched?: (checkedOut: CheckedOut) => void;
  /** What was read, before it is decided whether that is enough. */
  readonly model?: (model: Model) => void;
}

export interface Installed extends CheckedOut {
  readonly plan: Initialisation;
  readonly model: Model;
  /** The commit of the clone that was replaced, if there was one. */
  readonly previousCommit?: string;
}

/**
 * Clones the source beside the present clone, checks it, and puts it in the present one's place together with the
 * settings: all of it or nothing, one process at a time. Raises `unusable-repository`, `strict`, `home-unusable`,
 * `home-busy`, and what the plan and checkOut raise.
 */
export async function install(options: InstallOptions): Promise<Installed> {
  const {home, signal, on} = options;
  return inHome(home, async () => {
    const isNew = !(await exists(home));
    const lock = await lockHome(home, {signal, onWait: on?.wait});
    try {
      return await installLocked(options, lock);
    } finally {
      // within the lock: whoever waits makes it anew
      if (isNew) await rmdir(clonesDirectory(home)).catch(() => undefined);
      await lock.release();
      // a first init that failed leaves no trace
      if (isNew) await removeIfEmpty(path.dirname(cloneDirectory(home)), home);
    }
  });
}

async function installLocked(options: InstallOptions, lock: HomeLock): Promise<Installed> {
  const {home, on} = options;
  await finishSettings(home);
  const plan = await options.plan();
  on?.plan?.(plan);
  await removeOldClones(home);
  await mkdir(clonesDirectory(home), {recursive: true, mode: 0o700});
  const fresh = await mkdtemp(path.join(clonesDirectory(home), 'clone-'));
  try {
    const fetched = await fetchInto(fresh, plan, options);
    lock.check();
    const previous = currentClone(home);
    const previousCommit = previous && (await readCommit(previous.directory));
    await putInForce(home, fresh);
    return {plan, ...fetched, ...(previousCommit !== undefined && {previousCommit})};
  } catch (error) {
    await rm(fresh, {recursive: true, force: true});
    // what failed may have failed for another process in this one's place
    lock.check();
    throw error;
  }
}

/** The commit, checked, with the settings that go with it. */
async function fetchInto(fresh: string, plan: Initialisation, options: InstallOptions) {
  const {token, strict = false, inspect, signal, on} = options;
  const {source, ref, override, besides} = plan;
  const checkedOut = await checkOut(fresh, {...options, source, ref, token: token?.(source)});
  on?.fetched?.(checkedOut);
  const read = await loadModel(fresh, override);
  const model = {...read, problems: [...read.problems, ...((await inspect?.(read, fresh)) ?? [])]};
  on?.model?.(model);
  check(model, strict);
  signal?.throwIfAborted();
  const p2p = override !== undefined && hasStages(override) ? valueAt(override.value, ['p2p']) : undefined;
  await writeSettings(waitingSettings(fresh), {source: source.url, ref, p2p, besides});
  return {...checkedOut, model};
}

/** Only what leaves nothing to work with is a failure; a promotion looks at the rest when it uses it. */
function check({stages, environments, problems}: Model, strict: boolean): void {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  if (stages.size === 0 || environments.size === 0) {
    throw new CorectlError({
      code: 'unusable-repository',
      message: `expected stages and environments, found ${stages.size} usable stages and ${environments.size} usable environments (${count})`,
      suggestions: ['mend the problems in the environments repository; what was there before is unchanged'],
    });
  }
  if (strict && problems.length > 0) {
    throw new CorectlError({
      code: 'strict',
      message: `the environments repository has ${count}, and --strict allows none`,
      suggestions: ['mend them, or leave --strict out'],
    });
  }
}

async function exists(directory: string): Promise<boolean> {
  return stat(directory).then(
    () => true,
    () => false,
  );
}

async function removeIfEmpty(...directories: string[]): Promise<void> {
  for (const directory of directories) await rmdir(directory).catch(() => undefined);
}
