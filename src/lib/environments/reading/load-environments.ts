import path from 'node:path';
import type * as z from 'zod';
import {isRecord} from '../../is-record.ts';
import {nearest} from '../../nearest.ts';
import {checkNames} from './check-names.ts';
import {listInside, type FolderEntry} from './files.ts';
import {locatedAt} from './located.ts';
import {locationProblems} from '../location.ts';
import type {Environment, Platform, Problem, Subject} from '../model.ts';
import {concerning, readYaml, wholeFile} from './read-file.ts';
import {enabledShape, environmentShape, platformShape, usablePlatformShape} from './schema.ts';
import {misplacedInEnvironment} from './misplaced-demands.ts';
import {misspeltKeys, slippedKeys} from './misspelt-keys.ts';
import {applyShape, describeValue, valueAt} from './shape.ts';
import type {YamlFile} from './yaml.ts';

export interface Environments {
  /** Those that could be read, enabled or not. */
  readonly usable: ReadonlyMap<string, Environment>;
  /** Every name with a folder, readable or not. */
  readonly known: ReadonlySet<string>;
  /** Those of them that are enabled. */
  readonly enabled: ReadonlySet<string>;
  /** Those that have problems, and a platform with flaws as well: that is told of those that are used. */
  readonly flawed: ReadonlyMap<string, Environment>;
}

export interface LoadedEnvironments {
  readonly environments: Environments;
  /** Where the enabled environments say that tenants are. */
  readonly tenantFolders: readonly string[];
  readonly problems: readonly Problem[];
}

/** Reads environments/: every folder is an environment, and environments.yaml says which of them are enabled. */
export function loadEnvironments(root: string): LoadedEnvironments {
  const {entries, problems} = listEnvironments(root);
  const known = new Set(entries.filter(({kind}) => kind === 'folder').map(({name}) => name));
  const enabled = loadEnabled(root, known);
  const loaded = [...known].map((name) => loadEnvironment(root, name, enabled.names.has(name)));
  const byName = (one: 'environment' | 'flawed') =>
    new Map(loaded.flatMap(({[one]: found}) => (found === undefined ? [] : [[found.name, found] as const])));
  const [usable, flawed] = [byName('environment'), byName('flawed')];
  return {
    environments: {usable, known, enabled: enabled.names, flawed},
    tenantFolders: tenantFolders(loaded),
    problems: [...problems, ...enabled.problems, ...loaded.flatMap((one) => one.problems)],
  };
}

interface Loaded {
  readonly environment?: Environment;
  readonly flawed?: Environment;
  readonly tenantFolder?: string;
  readonly problems: readonly Problem[];
}

type Config = z.infer<typeof environmentShape>;

function listEnvironments(root: string): {entries: FolderEntry[]; problems: Problem[]} {
  const found = listInside(root, 'environments');
  if (found === 'missing' || 'instead' in found) {
    const instead = found === 'missing' ? 'nothing' : found.instead;
    return {entries: [], problems: [wholeFile('environments', `expected a folder, found ${instead}`)]};
  }
  const entries = found.content.filter(({name}) => !name.startsWith('.'));
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  const links = entries.filter(({kind, name}) => kind === 'link' && name !== enabledFile);
  const problems = links.flatMap(({name}) =>
    concerning(
      [wholeFile(`environments/${name}`, 'expected a folder, found a symbolic link, which is not followed')],
      subject(name),
    ),
  );
  return {entries, problems: [...problems, ...misspeltFiles(entries)]};
}

const enabledFile = 'environments.yaml';

/** `environments.yml`: without the file of the right name every environment would count as enabled. */
function misspeltFiles(entries: readonly FolderEntry[]): Problem[] {
  const files = entries.filter(({kind}) => kind !== 'folder').map(({name}) => name);
  const missing = !files.includes(enabledFile);
  return files
    .filter((name) => name !== enabledFile && nearest(name, [enabledFile]).length > 0)
    .map((name) => ({
      ...wholeFile(
        `environments/${name}`,
        `expected the file's name ${enabledFile}, found ${describeValue(name)}`,
      ),
      ...(!missing && {concerns: []}),
    }));
}

function loadEnabled(root: string, known: ReadonlySet<string>): {names: Set<string>; problems: Problem[]} {
  const file = readYaml(root, `environments/${enabledFile}`);
  if (file.missing) return {names: new Set(known), problems: []};
  const shaped = applyShape(enabledShape, file);
  if ('problems' in shaped) {
    const inShape = file.value === undefined ? [] : shaped.problems;
    return {names: new Set(), problems: [...file.problems, ...inShape]};
  }
  const {enabled} = shaped.value;
  const inNames = checkNames(enabled, {
    file,
    at: ['enabled'],
    expected: 'an environment with a folder of its own',
    known,
    likely: [...known].filter((name) => !enabled.includes(name)),
    concerns: (name, meant) => [name, ...meant].map((one) => ({kind: 'enabled', name: one})),
  });
  const sure = file.problems.length === 0 ? enabled : [];
  return {
    names: new Set(sure.filter((name) => known.has(name))),
    problems: [...file.problems, ...inNames],
  };
}

function loadEnvironment(root: string, folder: string, enabled: boolean): Loaded {
  const file = readYaml(root, `environments/${folder}/config.yaml`);
  const shaped = applyShape(environmentShape, file);
  if (!isRecord(file.value)) {
    const inShape = 'problems' in shaped && (file.value ?? '') !== '' ? shaped.problems : [];
    return {problems: concerning(orEmpty([...file.problems, ...inShape], file), subject(folder))};
  }
  const config = 'value' in shaped ? shaped.value : soundPart(file, folder);
  const environment = environmentFrom(config, file, enabled);
  const problems = [
    ...file.problems,
    ...('problems' in shaped ? shaped.problems : []),
    ...inconsistencies(environment, folder, file),
    ...misspeltIn(file),
  ];
  if (problems.length > 0) {
    const isFlawed = environment.flaws !== undefined && isAbsent(file, 'registry');
    return {
      problems: concerning(problems, subject(folder)),
      ...(isFlawed && {flawed: {...environment, name: folder}}),
    };
  }
  const tenantFolder = config.tenantsYaml?.tenantsYamlPath;
  return {environment, problems: [], ...(tenantFolder !== undefined && {tenantFolder})};
}

/** What can be used of a file that has more in it than fits its shape, so that the rest of its problems is told as well. */
function soundPart(file: YamlFile, folder: string): Config {
  const {environment, registry} = environmentShape.shape;
  const name = applyShape(environment, file, ['environment']);
  const place = applyShape(registry, file, ['registry']);
  const registryOf = 'value' in place && place.value !== undefined ? {registry: place.value} : {};
  return {environment: 'value' in name ? name.value : folder, ...registryOf};
}

const isAbsent = (file: YamlFile, key: string): boolean => (valueAt(file.value, [key]) ?? '') === '';

/** What is demanded there, and without which another registry follows, other tenants, or no question before production. */
const misspeltIn = (file: YamlFile): Problem[] => [
  ...misspeltKeys(file, [], ['require']),
  ...misplacedInEnvironment(file),
  ...slippedKeys(file, [], ['registry', 'tenantsYaml', 'tier']),
  ...slippedKeys(file, ['registry'], ['plainHttp', 'credentials']),
  ...slippedKeys(file, ['tenantsYaml'], ['tenantsYamlPath']),
];

function orEmpty(problems: Problem[], {file}: YamlFile): Problem[] {
  return problems.length > 0 ? problems : [wholeFile(file, 'expected a mapping, found nothing')];
}

function environmentFrom(config: Config, file: YamlFile, enabled: boolean): Environment {
  const {tier, registry} = config;
  const {platform, flaws} = platformFrom(file);
  const require = locatedAt(file, ['require']);
  return {
    name: config.environment,
    enabled,
    origin: file.origin(['environment']),
    registryOrigin: file.origin(registry === undefined ? ['platform'] : ['registry', 'url']),
    ...(tier !== undefined && {tier}),
    ...(platform !== undefined && {platform}),
    ...(flaws.length > 0 && {flaws}),
    ...(registry !== undefined && {registry: registryFrom(registry)}),
    ...(require && {require}),
  };
}

/** What can be used of the platform, and what is wrong with the rest: who needs that tells it. */
function platformFrom(file: YamlFile): {platform?: Platform; flaws: Problem[]} {
  const at = ['platform'];
  if (isAbsent(file, 'platform')) return {flaws: []};
  const sound = applyShape(platformShape, file, at);
  const flaws = 'problems' in sound ? sound.problems : [];
  const shaped = applyShape(usablePlatformShape, file, at);
  return {flaws, ...('value' in shaped && {platform: withoutAbsent(shaped.value)})};
}

function registryFrom({url, plainHttp, credentials}: NonNullable<Config['registry']>) {
  // who writes https means it, for this machine too
  const http = plainHttp ?? (url.startsWith('https://') ? 'false' : undefined);
  return {
    url: url.replace(/^https:\/\//, '').replace(/\/+$/, ''),
    ...(http !== undefined && {plainHttp: http === 'true'}),
    ...(credentials !== undefined && {credentials}),
  };
}

/** What no key shows by itself. */
function inconsistencies(environment: Environment, folder: string, file: YamlFile): Problem[] {
  const problems: Problem[] = [];
  if (environment.name !== folder) {
    const message = `expected the folder's name ${JSON.stringify(folder)}, found ${describeValue(environment.name)}`;
    problems.push({...environment.origin, message});
  }
  if (environment.registry !== undefined) problems.push(...locationProblems(environment));
  else if (
    isAbsent(file, 'registry') &&
    environment.platform === undefined &&
    environment.flaws === undefined
  ) {
    problems.push({
      ...file.origin(['platform']),
      message: 'expected a platform or a registry, found neither',
    });
  }
  return problems;
}

function tenantFolders(loaded: readonly Loaded[]): string[] {
  const enabled = loaded.filter(({environment}) => environment?.enabled === true);
  const folders = new Set(enabled.map(({tenantFolder = 'tenants'}) => plainPath(tenantFolder)));
  return folders.size === 0 ? ['tenants'] : [...folders];
}

/** `./tenants/` and `tenants` are one folder. */
const plainPath = (folder: string): string => path.posix.normalize(folder).replace(/\/$/, '');

/** Optional keys that are present but undefined are not the same as absent ones. */
function withoutAbsent<Value extends object>(value: Value) {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as {[Key in keyof Value]: Exclude<Value[Key], undefined>};
}

const subject = (name: string): Subject => ({kind: 'environment', name});
