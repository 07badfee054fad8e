import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {CorectlError} from '../errors.ts';
import {printable} from '../printable.ts';
import {cloneDirectory, settingsFile} from './home.ts';
import {slippedKeys} from './reading/misspelt-keys.ts';
import type {Problem} from './model.ts';
import {formatProblem} from './problem.ts';
import {consentsShape, settingsShape} from './reading/schema.ts';
import {applyShape, valueAt} from './reading/shape.ts';
import {formatYaml, parseYaml, type YamlFile, type YamlMapping, type YamlValue} from './reading/yaml.ts';

/** What corectl.yaml of the home directory says. */
export interface Settings {
  /** Where the environments repository came from. */
  readonly source: string;
  readonly ref?: string;
  /** The whole file: its `p2p` block, if any, overrides the repository's. */
  readonly file: YamlFile;
}

/**
 * The settings, or undefined before the first init. A clone that has just come into force may still hold those that belong
 * to it: they are the home's. Raises `invalid-settings` for a file that says no source.
 */
export async function readSettings(home: string): Promise<Settings | undefined> {
  const file = await readSettingsFile(home);
  return file && settingsFrom(file);
}

async function readSettingsFile(home: string): Promise<YamlFile | undefined> {
  const file = settingsFile(home);
  const waiting = await readFile(waitingSettings(cloneDirectory(home)), 'utf8').catch(() => undefined);
  const text = waiting ?? (await readIfThere(file));
  return text === undefined ? undefined : parseYaml(text, file);
}

/** The hosts, folders and keys that the settings allow, as they are written there. */
export interface Allowed {
  /** May be shown a cloud's token. */
  readonly trustedHosts: readonly string[];
  /** May be spoken to by http. */
  readonly plainHttp: readonly string[];
  /** May hold images where the environments repository says so. */
  readonly folders: readonly string[];
  /** What records may be signed with: `env://NAME`, files, or URIs of key services. */
  readonly recordKeys: readonly string[];
}

/**
 * What the settings allow; nothing where there are none, or none that can be read. Raises `invalid-settings` for a list that
 * is none, as half of it would allow something else than what was meant.
 */
export async function readAllowed(home: string): Promise<Allowed> {
  const file = await readSettingsFile(home).catch(() => undefined);
  const shaped = file && applyShape(consentsShape, file);
  if (shaped === undefined) return {trustedHosts: [], plainHttp: [], folders: [], recordKeys: []};
  if ('problems' in shaped)
    throw invalidSettings(shaped.problems.map(formatProblem).join('; '), ['mend the list in that file']);
  return {
    trustedHosts: shaped.value['trusted-hosts'] ?? [],
    plainHttp: shaped.value['plain-http'] ?? [],
    folders: shaped.value['trusted-folders'] ?? [],
    recordKeys: shaped.value['record-keys'] ?? [],
  };
}

/** Where a clone holds the settings until it becomes the home's own, so that both come into force at once. */
export const waitingSettings = (clone: string): string => path.join(clone, '.git', 'corectl-settings.yaml');

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const {code = 'unknown error'} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw invalidSettings(`cannot read ${printable(file)} (${code})`);
  }
}

/** Reads settings or an initialisation file: both hold `repositories.cplatform` and perhaps `ref` and `p2p`. */
export function settingsFrom(file: YamlFile): Settings {
  const shaped = applyShape(settingsShape, file);
  const inShape = 'problems' in shaped && file.value !== undefined ? shaped.problems : [];
  // without these keys other stages follow, or another commit
  const misspelt = slippedKeys(file, [], ['p2p', 'ref']);
  const problems: readonly Problem[] = [...file.problems, ...inShape, ...misspelt];
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
  /** What the user has in the settings besides. */
  readonly besides?: YamlMapping | undefined;
}

/** Writes settings into a new file, readable by its owner only. */
export async function writeSettings(
  file: string,
  {source, ref, p2p, besides}: SettingsToWrite,
): Promise<void> {
  const value = {
    repositories: {cplatform: source},
    ...(ref !== undefined && {ref}),
    ...(p2p !== undefined && {p2p}),
    ...besides,
  };
  await writeFile(file, formatYaml(value), {mode: 0o600, flag: 'wx'});
}

/** What the settings hold besides what init writes. */
export function besidesOf({file: {value}}: Settings): YamlMapping {
  const said = new Set(['repositories', 'ref', 'p2p']);
  const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter(([key]) => !said.has(key)));
}

/** The settings with more allowed than they did, and all else in them as it was. */
export async function allowMore(home: string, settings: Settings, more: Allowed): Promise<SettingsToWrite> {
  const kept = await readAllowed(home);
  const both = (one: keyof Allowed) => [...new Set([...kept[one], ...more[one]])];
  const lists = {
    'trusted-hosts': both('trustedHosts'),
    'plain-http': both('plainHttp'),
    'trusted-folders': both('folders'),
    'record-keys': both('recordKeys'),
  };
  const said = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  const {source, ref, file} = settings;
  const p2p = valueAt(file.value, ['p2p']);
  return {source, ref, p2p: p2p === '' ? undefined : p2p, besides: {...besidesOf(settings), ...said}};
}

function invalidSettings(
  message: string,
  suggestions = ['corectl init -e URL|PATH --force writes the settings anew'],
): CorectlError {
  return new CorectlError({code: 'invalid-settings', message, suggestions});
}
