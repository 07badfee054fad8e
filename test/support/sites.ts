// Environments for a test, each with a built-in registry of its own.
import {expect} from 'chai';
import {digestOf, type Digest} from '../../src/lib/oci/digest.ts';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';
import type {RegistryOptions} from '../../src/lib/registry/server.ts';
import type {Site} from './promotion.ts';
import {expectSameContent, registriesOfTest, type TestRegistry} from './registry.ts';

export interface TestSite extends Site {
  readonly registry: TestRegistry;
}

/** In a `describe`: environments whose registries are closed after each test. */
export function sitesOfTest(): {
  /** Where images come from. */
  source(options?: RegistryOptions): Promise<TestSite>;
  /** Where they go to; `prod-eu` unless told otherwise. */
  destination(name?: string, options?: RegistryOptions): Promise<TestSite>;
  /** Has something else closed, too. */
  closing<T extends {close(): Promise<void>}>(server: T): T;
} {
  const registries = registriesOfTest();
  const site = async (name: string, path: string, options?: RegistryOptions): Promise<TestSite> => ({
    name,
    registry: await registries.start(options),
    path,
  });
  return {
    source: (options) => site('dev', 'tenant/payments/extended-test', options),
    destination: (name = 'prod-eu', options) => site(name, 'tenant/payments/prod', options),
    closing: (server) => registries.closing(server),
  };
}

/** A destination on the registry of another site. */
export function besides(site: TestSite, name: string, path = 'tenant/payments/prod'): TestSite {
  return {name, registry: site.registry, path};
}

/** The repository of `app` at a site. */
export const repositoryOf = ({path}: Site): string => `${path}/app`;

/** What a site holds of `app`. */
export const storeOf = (site: TestSite): RepositoryStore =>
  new RepositoryStore(site.registry.storage, repositoryOf(site));

/** What the tag of `app` points to. */
export const tagOf = (site: TestSite, tag = '1.0.0'): Promise<Digest | undefined> =>
  storeOf(site).tagged(tag);

/** Puts a manifest of exactly these bytes under the tag of `app`, whatever they are. */
export async function pushBytes(
  site: TestSite,
  bytes: Buffer,
  mediaType: string,
  tag = '1.0.0',
): Promise<Digest> {
  const digest = digestOf(bytes);
  await storeOf(site).putManifest(bytes, mediaType, digest);
  await storeOf(site).tag(tag, digest);
  return digest;
}

/** The tag points to the digest, and everything below it is there, byte for byte. */
export async function expectPromoted(from: TestSite, digest: Digest, to: TestSite): Promise<void> {
  expect(await tagOf(to), `the tag at ${to.name}`).to.equal(digest);
  await expectSameContent(from.registry, repositoryOf(from), digest, to.registry, repositoryOf(to));
}
