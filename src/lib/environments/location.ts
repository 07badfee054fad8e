import {CorectlError} from '../errors.ts';
import {isLoopback} from '../http/address.ts';
import {harmless} from '../printable.ts';
import {isHost, isRepositoryPath, type RepositoryName} from '../oci/reference.ts';
import type {Environment, Model, Platform, Stage, Tenant} from './model.ts';
import {formatPosition} from './problem.ts';

/** What is put into a repository's place in an environment; `image` is the name without tag and digest. */
export interface ImagePlace {
  readonly tenant: string;
  readonly stage: string;
  readonly image: string;
}

/**
 * Where an image lives in an environment (the rule for its vendor, or its `registry.url`). Raises `invalid-location`
 * naming the environment's file where that is no registry host and repository.
 */
export function locateRepository(environment: Environment, place: ImagePlace): RepositoryName {
  const base = fill(templateOf(environment), {...place, environment: environment.name});
  const slash = base.indexOf('/');
  const host = (slash < 0 ? base : base.slice(0, slash)).toLowerCase();
  const path = `${slash < 0 ? '' : `${base.slice(slash + 1)}/`}${place.image}`;
  if (!isHost(host)) throw invalid(environment, `a registry host, found ${shown(host)}`);
  if (!isRepositoryPath(path)) throw invalid(environment, `a repository, found ${shown(path)}`);
  return {host, path, plainHttp: environment.registry?.plainHttp ?? isLoopback(hostname(host))};
}

/** The host of an environment's registry as far as the environment alone tells it; placeholders stay. */
export function registryHost(environment: Environment): string {
  return fill(templateOf(environment).replace(/\/.*$/s, ''), {environment: environment.name});
}

/** A stage's environments for a tenant: its `default-envs`, in their order, that are enabled and that the tenant lists. */
export function stageEnvironments(model: Model, stage: Stage, tenant: Tenant): Environment[] {
  return stage.environments
    .filter((name) => tenant.environments.includes(name))
    .map((name) => model.environments.get(name))
    .filter((environment) => environment?.enabled === true) as Environment[];
}

function templateOf({registry, platform, name, origin}: Environment): string {
  const path = 'tenant/{tenant}/{stage}';
  if (registry !== undefined) {
    const url = registry.url.replace(/\/+$/, '');
    return url.includes('{stage}') ? url : `${url}/{stage}`;
  }
  if (platform === undefined) {
    throw new CorectlError({
      code: 'invalid-location',
      message: `${formatPosition(origin)}: expected a platform or a registry for environment ${name}, found none`,
    });
  }
  return `${impliedRegistry(platform)}/${path}`;
}

function impliedRegistry(platform: Platform): string {
  switch (platform.vendor) {
    case 'gcp':
      // a domain-scoped project `example.com:name` is written example.com/name in a repository
      return `${platform.region}-docker.pkg.dev/${platform.projectId.replace(':', '/')}`;
    case 'aws': {
      const domain = platform.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
      return `${platform.accountId}.dkr.ecr.${platform.region}.${domain}`;
    }
    case 'azure':
      return `${platform.containerRegistry.toLowerCase()}.azurecr.io`;
  }
}

function fill(template: string, values: Readonly<Partial<Record<string, string>>>): string {
  return template.replace(/\{(tenant|stage|environment)\}/g, (placeholder, name: string) => {
    return values[name] ?? placeholder;
  });
}

/** The host without its port, as address checks take it. */
export const hostname = (host: string): string => host.replace(/:\d+$/, '');

const shown = (text: string): string => JSON.stringify(harmless(text, 200));

function invalid(environment: Environment, expected: string): CorectlError {
  const origin = formatPosition(environment.registryOrigin ?? environment.origin);
  return new CorectlError({
    code: 'invalid-location',
    message: `${origin}: environment ${environment.name} leads to no valid reference: expected ${expected}`,
    suggestions: ['mend the file in the environments repository, then run corectl update'],
  });
}
