import path from 'node:path';
import {checkNames} from './check-names.ts';
import {walkInside} from './files.ts';
import type {Environments} from './load-environments.ts';
import type {Problem, Subject, Tenant} from '../model.ts';
import {concerning, readYaml, wholeFile} from './read-file.ts';
import {tenantShape} from './schema.ts';
import {applyShape, valueAt} from './shape.ts';
import type {YamlFile} from './yaml.ts';

export interface LoadedTenants {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly problems: readonly Problem[];
}

/** Reads every tenant file below `FOLDER/tenants/` of the folders; of two tenants with one name the first is kept. */
export function loadTenants(
  root: string,
  folders: readonly string[],
  environments: Environments,
): LoadedTenants {
  const tenants = new Map<string, Tenant>();
  const problems: Problem[] = [];
  const found = folders.flatMap((folder) => tenantFiles(root, folder, problems));
  // a folder may be named twice, or lie within another one
  for (const [file, kind] of new Map(found.map(({path: file, kind}) => [file, kind]))) {
    const loaded = kind === 'file' ? loadTenant(readYaml(root, file), environments) : refused(file);
    problems.push(...loaded.problems);
    const {tenant} = loaded;
    if (tenant === undefined) continue;
    const first = tenants.get(tenant.name);
    if (first === undefined) tenants.set(tenant.name, tenant);
    else problems.push(duplicate(tenant, first));
  }
  return {tenants, problems};
}

interface Loaded {
  readonly tenant?: Tenant;
  readonly problems: readonly Problem[];
}

function tenantFiles(root: string, folder: string, problems: Problem[]) {
  const below = path.posix.join(folder, 'tenants');
  const found = walkInside(root, below);
  if (found.length === 0) problems.push(noTenants(below));
  for (const {path: file, kind} of found)
    if (kind === 'file' && isMisspelt(file)) problems.push(noYaml(file));
  return found.filter(({path: file, kind}) => isYaml(file) || kind !== 'file');
}

// `.YAML`, `.yaml2`, `.yamll`, `.yam`: neither a tenant's file nor plainly something else
const isMisspelt = (file: string): boolean => /\.ya?m(?:l\w?)?$/i.test(file) && !isYaml(file);
const isYaml = (file: string): boolean => /\.ya?ml$/.test(file);

function noYaml(file: string): Problem {
  const message = 'expected a name that ends in .yaml or .yml, found another one: the file is not read';
  return {...wholeFile(file, message), concerns: [subject(nameOfFile(file))]};
}

function noTenants(folder: string): Problem {
  return {...wholeFile(folder, 'expected a folder with tenants, found none'), concerns: []};
}

function refused(file: string): Loaded {
  const problem = wholeFile(
    file,
    'expected a file or folder to read, found a symbolic link, a device or a folder that may not be read: it is not followed',
  );
  return {problems: concerning([problem], subject(nameOfFile(file)))};
}

function loadTenant(file: YamlFile, environments: Environments): Loaded {
  const shaped = applyShape(tenantShape, file);
  const name = valueAt(file.value, ['name']);
  const subjects = [nameOfFile(file.file), ...(typeof name === 'string' ? [name] : [])].map(subject);
  if ('problems' in shaped || file.problems.length > 0) {
    const unread = file.value === undefined || file.problems.some(({key}) => key === '');
    const inShape = 'problems' in shaped && !unread ? shaped.problems : [];
    const list = applyShape(tenantShape.shape.environments, file, ['environments']);
    const names = 'value' in list ? list.value : [];
    const unknown = checkListed(file, '', {names, environments});
    return {problems: concerning([...file.problems, ...inShape, ...unknown], ...subjects)};
  }
  const {kind, owner, environments: names} = shaped.value;
  const repositories = repositoriesOf(file);
  const tenant: Tenant = {
    name: shaped.value.name,
    environments: [...new Set(names)],
    origin: file.origin(['name']),
    ...(kind !== undefined && {kind}),
    ...(owner !== undefined && {owner}),
    ...(repositories.length > 0 && {repositories}),
  };
  return {tenant, problems: checkListed(file, tenant.name, {names, environments})};
}

/** `acme/payments` of `repository: https://github.com/acme/payments`, or of each of `repos`; what is none is left alone. */
function repositoriesOf({value}: YamlFile): string[] {
  const named = ['repository', 'repos'].flatMap((key) => valueAt(value, [key]) ?? []);
  return named.flatMap((one) => {
    if (typeof one !== 'string') return [];
    const path = one.replace(/^(?:[a-z+]+:\/\/[^/]+\/|[^/@]+@[^/:]+:)/, '').replace(/(?:\.git)?\/*$/, '');
    return /^[\w.-]+(?:\/[\w.-]+)+$/.test(path) ? [path] : [];
  });
}

/** An unknown environment is no reason to refuse the tenant's others: it matters where its nearest is to be promoted to. */
function checkListed(
  file: YamlFile,
  tenant: string,
  {names, environments: {known}}: {names: readonly string[]; environments: Environments},
): Problem[] {
  return checkNames(names, {
    file,
    at: ['environments'],
    expected: 'an environment of the repository',
    known,
    likely: [...known].filter((name) => !names.includes(name)),
    concerns: (name, meant) => [name, ...meant].map((one) => ({kind: 'listing', name: one, tenant})),
  });
}

function duplicate({name, origin}: Tenant, first: Tenant): Problem {
  const message = `expected a name of its own, found ${JSON.stringify(name)} as in ${first.origin.file}:${first.origin.line}`;
  return {...origin, message, concerns: [subject(name)]};
}

/** `payments` of tenants/tenants/org/payments.du.yaml: whom a file that cannot be read belongs to. */
const nameOfFile = (file: string): string => path.posix.basename(file).replace(/\..*$/, '');

const subject = (name: string): Subject => ({kind: 'tenant', name});
