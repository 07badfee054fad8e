import {randomBytes} from 'node:crypto';
import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {CorectlError} from '../errors.ts';
import {harmless} from '../printable.ts';
import {settingsFile} from './home.ts';
import type {Problem} from './model.ts';
import {formatProblem} from './problem.ts';
import {settingsShape} from './schema.ts';
import {applyShape} from './shape.ts';
import {formatYaml, parseYaml, type YamlFile, type YamlValue} from './yaml.ts';

/** What corectl.yaml of the home directory says. */
export interface Settings {
  /** Where the environments repository came from. */
  readonly source: string;
  readonly ref?: string;
  /** The whole file: its `p2p` block, if any, overrides the repository's. */
  readonly file: YamlFile;
}

/** The settings, or undefined before the first init. Raises `invalid-settings` for a file that says no source. */
export async function readSettings(home: string): Promise<Settings | undefined> {
  const file = settingsFile(home);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const {code = 'unknown error'} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw invalidSettings(`cannot read ${harmless(file)} (${code})`);
  }
  return settingsFrom(parseYaml(text, file));
}

/** Reads settings or an initialisation file: both hold `repositories.cplatform` and perhaps `ref` and `p2p`. */
export function settingsFrom(file: YamlFile): Settings {
  const shaped = applyShape(settingsShape, file);
  const problems: readonly Problem[] =
    file.problems.length > 0 ? file.problems : 'problems' in shaped ? shaped.problems : [];
  if ('problems' in shaped || problems.length > 0) {
    throw invalidSettings(problems.map(formatProblem).join('; '));
  }
  const {repositories, ref} = shaped.value;
  return {source: repositories.cplatform, file, ...(ref !== undefined && {ref})};
}

export interface SettingsToWrite {
  readonly source: string;
  readonly ref?: string | undefined;
  readonly p2p?: YamlValue | undefined;
}

/** Writes corectl.yaml at once or not at all, readable by its owner only. */
export async function writeSettings(home: string, {source, ref, p2p}: SettingsToWrite): Promise<void> {
  await mkdir(home, {recursive: true, mode: 0o700});
  const temporary = `${settingsFile(home)}.${randomBytes(6).toString('hex')}`;
  const value = {
    repositories: {cplatform: source},
    ...(ref !== undefined && {ref}),
    ...(p2p !== undefined && {p2p}),
  };
  try {
    await writeFile(temporary, formatYaml(value), {mode: 0o600, flag: 'wx'});
    await rename(temporary, settingsFile(home));
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
}

function invalidSettings(message: string): CorectlError {
  return new CorectlError({
    code: 'invalid-settings',
    message,
    suggestions: ['corectl init -e URL|PATH --force writes the settings anew'],
  });
}
