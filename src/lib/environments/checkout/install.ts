import {mkdir, mkdtemp, rename, rm, rmdir} from 'node:fs/promises';
import path from 'node:path';
import {CorectlError} from '../../errors.ts';
import {checkOut, type CheckoutOptions} from './checkout.ts';
import {cloneDirectory} from '../home.ts';
import {hasStages, loadModel} from '../load.ts';
import type {Model} from '../model.ts';
import {readCommit} from '../open.ts';
import {writeSettings} from '../settings.ts';
import {valueAt} from '../shape.ts';
import type {YamlFile} from '../yaml.ts';

export interface InstallOptions extends CheckoutOptions {
  readonly home: string;
  /** A file whose `p2p` block is kept and used instead of the repository's. */
  readonly override?: YamlFile | undefined;
  /** Any problem in the repository is a failure. */
  readonly strict?: boolean;
  /** Called with what was read before it is decided whether that is enough. */
  readonly onModel?: (model: Model) => void;
}

export interface Installed {
  readonly model: Model;
  readonly commit: string;
  /** The commit of the clone that was replaced, if there was one. */
  readonly previousCommit?: string;
}

/**
 * Clones the source beside the present clone, checks it, and puts it in the present one's place together with the
 * settings: all of it or nothing. Raises `unusable-repository`, `strict`, and what checkOut raises.
 */
export async function install(options: InstallOptions): Promise<Installed> {
  const place = cloneDirectory(options.home);
  const parent = path.dirname(place);
  const created = await mkdir(parent, {recursive: true, mode: 0o700});
  const fresh = await mkdtemp(path.join(parent, '.cplatform-'));
  try {
    const commit = await checkOut(fresh, options);
    const model = await loadModel(fresh, options.override);
    options.onModel?.(model);
    check(model, options.strict ?? false);
    options.signal?.throwIfAborted();
    const previousCommit = await readCommit(place);
    await replace(place, fresh, () => saveSettings(options));
    return {model, commit, ...(previousCommit !== undefined && {previousCommit})};
  } catch (error) {
    await rm(fresh, {recursive: true, force: true});
    if (created !== undefined) await removeIfEmpty(parent, options.home);
    throw error;
  }
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

async function saveSettings({home, source, ref, override}: InstallOptions): Promise<void> {
  const p2p = override !== undefined && hasStages(override) ? valueAt(override.value, ['p2p']) : undefined;
  await writeSettings(home, {source: source.url, ref, p2p});
}

/** Puts `fresh` in the place of `place`, which comes back when `then` fails. */
async function replace(place: string, fresh: string, then: () => Promise<void>): Promise<void> {
  const old = `${fresh}-old`;
  const hadOld = await renameIfThere(place, old);
  try {
    await rename(fresh, place);
    await then();
  } catch (error) {
    await rm(place, {recursive: true, force: true});
    if (hadOld) await rename(old, place);
    throw error;
  }
  await rm(old, {recursive: true, force: true});
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** A first init that failed leaves no trace. */
async function removeIfEmpty(...directories: string[]): Promise<void> {
  for (const directory of directories) await rmdir(directory).catch(() => undefined);
}
