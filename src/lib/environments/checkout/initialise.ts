import {CorectlError, messageOf} from '../../errors.ts';
import {readNamedFile} from '../../named-file.ts';
import {printable} from '../../printable.ts';
import {codeOf} from '../../system-error.ts';
import {besidesOf, readSettings, settingsFrom, type Settings} from '../settings.ts';
import {hasStages} from '../reading/load.ts';
import {notInitialised} from '../open.ts';
import {shownSource} from '../shown-source.ts';
import {parseRef, type GitRef} from './ref.ts';
import {parseSource, sameSource, type RepositorySource} from './source.ts';
import {parseYaml, type YamlFile, type YamlMapping} from '../reading/yaml.ts';

/** What is to be cloned, and what is to be saved with it. */
export interface Initialisation {
  readonly source: RepositorySource;
  readonly ref?: GitRef | undefined;
  /** A file whose `p2p` block stays in force. */
  readonly override?: YamlFile | undefined;
  /** What the user has in the settings besides, which stays. */
  readonly besides?: YamlMapping | undefined;
}

export interface InitialisationRequest {
  readonly home: string;
  /** What relative paths start from. */
  readonly cwd: string;
  /** What the user named: a repository, or settings out of a file. */
  readonly from: string | Settings;
  readonly ref?: string | undefined;
  /** Forget what is there, instead of keeping to its source. */
  readonly force: boolean;
}

/**
 * What an init has to do, given what is there already: the same source keeps its ref unless another is named, and its
 * overriding stages unless a file is named, which says what overrides by what it has. Raises `different-source`, and what parseSource and parseRef raise.
 */
export async function planInitialisation(request: InitialisationRequest): Promise<Initialisation> {
  const {home, cwd, from, force} = request;
  const named: Partial<Settings> & {source: string} = typeof from === 'string' ? {source: from} : from;
  const source = parseSource(named.source, cwd);
  const found = await readSettings(home).catch((error: unknown) => {
    if (force) return undefined;
    throw error;
  });
  const previous = force ? undefined : found;
  if (previous !== undefined) refuseDifferent(source, previous, cwd);
  const ref = request.ref ?? named.ref ?? previous?.ref;
  const file = named.file ?? previous?.file;
  const override = file !== undefined && hasStages(file) ? file : undefined;
  const besides = found === undefined ? {} : besidesOf(found);
  return {source, override, besides, ...(ref !== undefined && {ref: parseRef(ref)})};
}

/** What an update has to do: the same as before. Raises `not-initialised`, and what parseSource and parseRef raise. */
export async function repeatInitialisation(home: string, cwd: string): Promise<Initialisation> {
  const settings = await readSettings(home);
  if (settings === undefined) throw notInitialised();
  const {source, ref, file} = settings;
  const besides = besidesOf(settings);
  const checked = ref !== undefined && {ref: parseRef(ref)};
  return {source: parseSource(source, cwd), override: file, besides, ...checked};
}

/** The settings in an initialisation file. Raises `invalid-settings`. */
export function readInitialisationFile(file: string): Settings {
  try {
    return settingsFrom(parseYaml(readNamedFile(file), file));
  } catch (error) {
    if (error instanceof CorectlError) throw error;
    throw new CorectlError({
      code: 'invalid-settings',
      message: `cannot read ${JSON.stringify(printable(file))} (${codeOf(error) ?? messageOf(error)})`,
      suggestions: ['-f takes a file with repositories.cplatform and p2p'],
    });
  }
}

function refuseDifferent(source: RepositorySource, {source: before}: Settings, cwd: string): void {
  if (isSame(source, before, cwd)) return;
  throw new CorectlError({
    code: 'different-source',
    message: `this home is initialised from ${printable(shownSource(before))}, not from ${printable(source.url)}`,
    suggestions: ['--force replaces it', 'CORECTL_HOME names another home'],
  });
}

function isSame(source: RepositorySource, before: string, cwd: string): boolean {
  if (source.url === before) return true;
  try {
    return sameSource(source, parseSource(before, cwd));
  } catch {
    return false;
  }
}
