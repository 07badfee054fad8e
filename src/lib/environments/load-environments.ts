import type * as z from 'zod';
import {CorectlError} from '../errors.ts';
import {listInside, type Entry} from './files.ts';
import {locateRepository} from './location.ts';
import type {Environment, Problem, Subject} from './model.ts';
import {concerning, readYaml, wholeFile} from './read-file.ts';
import {enabledShape, environmentShape} from './schema.ts';
import {applyShape, describeValue} from './shape.ts';
import type {YamlFile} from './yaml.ts';

export interface Environments {
  /** Those that could be read, enabled or not. */
  readonly usable: ReadonlyMap<string, Environment>;
  /** Every name with a folder, readable or not. */
  readonly known: ReadonlySet<string>;
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
  const readable = loaded.flatMap(({environment}) => (environment === undefined ? [] : [environment]));
  return {
    environments: {usable: new Map(readable.map((one) => [one.name, one])), known},
    tenantFolders: tenantFolders(loaded),
    problems: [...problems, ...enabled.problems, ...loaded.flatMap((one) => one.problems)],
  };
}

interface Loaded {
  readonly environment?: Environment;
  readonly tenantFolder?: string;
  readonly problems: readonly Problem[];
}

type Config = z.infer<typeof environmentShape>;

function listEnvironments(root: string): {entries: Entry[]; problems: Problem[]} {
  const found = listInside(root, 'environments');
  if (found === 'absent' || 'instead' in found) {
    const instead = found === 'absent' ? 'nothing' : found.instead;
    return {entries: [], problems: [wholeFile('environments', `expected a folder, found ${instead}`)]};
  }
  const entries = found.content.filter(({name}) => !name.startsWith('.'));
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  const links = entries.filter(({kind, name}) => kind === 'link' && name !== 'environments.yaml');
  const problems = links.flatMap(({name}) =>
    concerning(
      [wholeFile(`environments/${name}`, 'expected a folder, found a symbolic link, which is not followed')],
      subject(name),
    ),
  );
  return {entries, problems};
}

function loadEnabled(root: string, known: ReadonlySet<string>): {names: Set<string>; problems: Problem[]} {
  const file = readYaml(root, 'environments/environments.yaml');
  if (file.absent) return {names: new Set(known), problems: []};
  if (file.problems.length > 0) return {names: new Set(), problems: [...file.problems]};
  const shaped = applyShape(enabledShape, file);
  if ('problems' in shaped) return {names: new Set(), problems: shaped.problems};
  const {enabled} = shaped.value;
  const problems = enabled.flatMap((name, index): Problem[] => {
    const at = file.origin(['enabled', index]);
    if (enabled.indexOf(name) < index)
      return [{...at, message: `expected each name once, found ${name} again`, concerns: []}];
    if (known.has(name)) return [];
    const message = `expected an environment with a folder of its own, found ${JSON.stringify(name)}`;
    return [{...at, message, concerns: [subject(name)]}];
  });
  return {names: new Set(enabled), problems};
}

function loadEnvironment(root: string, folder: string, enabled: boolean): Loaded {
  const file = readYaml(root, `environments/${folder}/config.yaml`);
  const shaped = applyShape(environmentShape, file);
  const shapeProblems = 'problems' in shaped && file.value !== '' ? shaped.problems : [];
  const problems = [...file.problems, ...shapeProblems];
  if ('problems' in shaped || problems.length > 0)
    return {problems: concerning(orEmpty(problems, file), subject(folder))};
  const environment = environmentFrom(shaped.value, file, enabled);
  const inconsistent = inconsistencies(environment, folder, file);
  if (inconsistent.length > 0) return {problems: concerning(inconsistent, subject(folder))};
  const tenantFolder = shaped.value.tenantsYaml?.tenantsYamlPath;
  return {environment, problems: [], ...(tenantFolder !== undefined && {tenantFolder})};
}

function orEmpty(problems: Problem[], {file}: YamlFile): Problem[] {
  return problems.length > 0 ? problems : [wholeFile(file, 'expected a mapping, found nothing')];
}

function environmentFrom(config: Config, file: YamlFile, enabled: boolean): Environment {
  const {tier, platform, registry} = config;
  return {
    name: config.environment,
    enabled,
    origin: file.origin(['environment']),
    registryOrigin: file.origin(registry === undefined ? ['platform'] : ['registry', 'url']),
    ...(tier !== undefined && {tier}),
    ...(platform !== undefined && {platform: withoutAbsent(platform)}),
    ...(registry !== undefined && {registry: registryFrom(registry)}),
  };
}

function registryFrom({url, plainHttp, credentials}: NonNullable<Config['registry']>) {
  return {
    url: url.replace(/^https:\/\//, '').replace(/\/+$/, ''),
    ...(plainHttp !== undefined && {plainHttp: plainHttp === 'true'}),
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
  if (environment.platform === undefined && environment.registry === undefined) {
    problems.push({
      ...file.origin(['platform']),
      message: 'expected a platform or a registry, found neither',
    });
  } else if (environment.registry !== undefined && !leadsSomewhere(environment)) {
    const message = `expected a registry host and a lower-case path, found ${describeValue(environment.registry.url)}`;
    problems.push({...file.origin(['registry', 'url']), message});
  }
  return problems;
}

function leadsSomewhere(environment: Environment): boolean {
  try {
    locateRepository(environment, {tenant: 'tenant', stage: 'stage', image: 'image'});
    return true;
  } catch (error) {
    if (error instanceof CorectlError) return false;
    throw error;
  }
}

function tenantFolders(loaded: readonly Loaded[]): string[] {
  const enabled = loaded.filter(({environment}) => environment?.enabled === true);
  const folders = new Set(enabled.map(({tenantFolder}) => tenantFolder ?? 'tenants'));
  return folders.size === 0 ? ['tenants'] : [...folders];
}

/** Optional keys that are present but undefined are not the same as absent ones. */
function withoutAbsent<Value extends object>(value: Value) {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as {[Key in keyof Value]: Exclude<Value[Key], undefined>};
}

const subject = (name: string): Subject => ({kind: 'environment', name});
