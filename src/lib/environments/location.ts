import {CorectlError} from '../errors.ts';
import {isLoopback} from '../http/address.ts';
import {printable} from '../printable.ts';
import {isHost, isLayoutPath, isRepositoryPath, layoutPrefix, type Repository} from '../oci/reference.ts';
import type {Environment, Problem} from './model.ts';
import {formatProblem} from './problem.ts';

/** A tenant's image in a stage; `image` is its name without tag and digest. */
export interface StageImage {
  readonly tenant: string;
  readonly stage: string;
  readonly image: string;
}

/**
 * Where an image lives in an environment (the rule for its vendor, or its `registry.url`). Raises `invalid-location`
 * naming the environment's file where that is neither a registry's host and repository nor an absolute path.
 */
export function locateRepository(environment: Environment, place: StageImage): Repository {
  const found = derive(environment, place);
  if ('repository' in found) return found.repository;
  throw invalid(environment, found.problems);
}

/** What keeps an environment from having repositories; nothing where all is well. */
export function locationProblems(environment: Environment): readonly Problem[] {
  const found = derive(environment, {tenant: 'tenant', stage: 'stage', image: 'image'});
  return 'problems' in found ? found.problems : [];
}

/**
 * `HOST/PATH`, or `oci:PATH`, of a tenant's images in a stage as it follows from the environment, whether or not a registry would take it;
 * undefined where nothing follows.
 */
export function describeRepository(
  environment: Environment,
  place: Omit<StageImage, 'image'>,
): string | undefined {
  const found = templateOf(environment);
  if ('problems' in found) return undefined;
  const [host = '', ...path] = fill(found.template, {...place, environment: environment.name}).split('/');
  return [host.toLowerCase(), ...path].join('/');
}

/** The host of an environment's registry, or `oci:PATH`, as far as the environment alone tells it, or null; placeholders stay. */
export function registryHost(environment: Environment): string | null {
  const found = templateOf(environment);
  if ('problems' in found) return null;
  const {template} = found;
  const end = template.startsWith(layoutPrefix) ? /\/[^/]*\{(?:tenant|stage)\}.*$/s : /\/.*$/s;
  return fill(template.replace(end, ''), {environment: environment.name});
}

type Derived = {readonly repository: Repository} | {readonly problems: readonly Problem[]};

function derive(environment: Environment, place: StageImage): Derived {
  const found = templateOf(environment);
  if ('problems' in found) return found;
  const base = fill(found.template, {...place, environment: environment.name});
  if (base.startsWith(layoutPrefix)) return deriveLayout(environment, found.template, {...place, base});
  const slash = base.indexOf('/');
  const host = (slash < 0 ? base : base.slice(0, slash)).toLowerCase();
  const path = `${slash < 0 ? '' : `${base.slice(slash + 1)}/`}${place.image}`;
  if (!isHost(host)) return wrong(environment, 'what makes a registry host', host);
  if (!isRepositoryPath(path)) return wrong(environment, 'what makes a repository in lower case', path);
  const plainHttp = environment.registry?.plainHttp ?? isLoopback(hostname(host));
  return {repository: {host, path, plainHttp}};
}

/** A folder for each repository. What stands before the first placeholder is the disk, which has to be there. */
function deriveLayout(
  environment: Environment,
  template: string,
  {base, image}: {readonly base: string; readonly image: string},
): Derived {
  const directory = `${base.slice(layoutPrefix.length)}/${image}`;
  if (!isLayoutPath(directory)) return wrong(environment, 'an absolute path without . and ..', directory);
  if (!isRepositoryPath(image)) return wrong(environment, 'what makes a repository in lower case', image);
  const [below = ''] = template.slice(layoutPrefix.length).split(/\/[^/]*\{/);
  return {repository: {directory, below: below === '' ? '/' : below}};
}

function wrong(environment: Environment, expected: string, what: string) {
  const {registryOrigin = environment.origin} = environment;
  const message = `expected ${expected}, found ${JSON.stringify(printable(what, 200))}`;
  return {problems: [{...registryOrigin, message}]};
}

type Template = {readonly template: string} | {readonly problems: readonly Problem[]};

function templateOf(environment: Environment): Template {
  const {registry} = environment;
  if (registry === undefined) {
    const implied = impliedRegistry(environment);
    return implied === undefined
      ? {problems: flawsOf(environment)}
      : {template: `${implied}/tenant/{tenant}/{stage}`};
  }
  const url = registry.url.replace(/\/+$/, '');
  return {template: url.includes('{stage}') ? url : `${url}/{stage}`};
}

/** Undefined where the platform lacks what its rule needs. */
function impliedRegistry({platform}: Environment): string | undefined {
  switch (platform?.vendor) {
    case 'gcp': {
      const {region, projectId} = platform;
      // a domain-scoped project `example.com:name` is written example.com/name in a repository
      return region && projectId && `${region}-docker.pkg.dev/${projectId.replace(':', '/')}`;
    }
    case 'aws': {
      const {accountId, region} = platform;
      const domain = region?.startsWith('cn-') === true ? 'amazonaws.com.cn' : 'amazonaws.com';
      return accountId && region && `${accountId}.dkr.ecr.${region}.${domain}`;
    }
    case 'azure':
      return platform.containerRegistry && `${platform.containerRegistry.toLowerCase()}.azurecr.io`;
    case undefined:
      return undefined;
  }
}

/** The flaws that matter for the registry: a project's number has no part in it. */
function flawsOf({flaws = [], origin, name}: Environment): readonly Problem[] {
  const telling = flaws.filter(({key}) => key !== 'platform.projectNumber');
  if (telling.length > 0) return telling;
  const message = `expected a platform or a registry for environment ${name}, found none`;
  return [{...origin, message}];
}

function fill(template: string, values: Readonly<Partial<Record<string, string>>>): string {
  return template.replace(/\{(tenant|stage|environment)\}/g, (placeholder, name: string) => {
    return values[name] ?? placeholder;
  });
}

/** The host without its port, as address checks take it. */
export const hostname = (host: string): string => host.replace(/:\d+$/, '');

function invalid({name}: Environment, problems: readonly Problem[]): CorectlError {
  return new CorectlError({
    code: 'invalid-location',
    message: `environment ${name} leads to no registry: ${problems.map(formatProblem).join('; ')}`,
    suggestions: ['mend the file in the environments repository, then run corectl update'],
  });
}
