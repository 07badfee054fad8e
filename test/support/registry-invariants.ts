// What must hold after every run, whatever went wrong in it.
import {isRecord} from '../../src/lib/is-record.ts';
import {expect} from 'chai';
import {isDigest, type Digest} from '../../src/lib/oci/digest.ts';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';
import type {RequestLog} from '../../src/lib/registry/request-log.ts';
import type {RunningRegistry} from '../../src/lib/registry/server.ts';
import type {Stored} from './registry-images.ts';

/** Every manifest and blob below the digest stands at the destination, byte for byte. */
export async function expectSameContent(
  source: Stored,
  sourceRepository: string,
  digest: Digest,
  destination: Stored,
  destinationRepository: string,
): Promise<void> {
  const [from, to] = [
    new RepositoryStore(source.storage, sourceRepository),
    new RepositoryStore(destination.storage, destinationRepository),
  ];
  const [expected, found] = [await from.manifest(digest), await to.manifest(digest)];
  expect(expected, `${digest} at the source`).to.exist;
  expect(found, `${digest} at the destination`).to.exist;
  expect(found!.bytes.equals(expected!.bytes), `bytes of ${digest}`).to.be.true;
  expect(found!.mediaType).to.equal(expected!.mediaType);
  const {manifests, blobs} = childrenOf(expected!.bytes);
  for (const child of manifests) {
    await expectSameContent(source, sourceRepository, child, destination, destinationRepository);
  }
  for (const blob of blobs) await expectSameBlob(from, blob, to);
}

export interface InvariantOptions {
  /** Servers that are not the registry of the credentials: object stores, mirrors, strangers. */
  readonly foreign?: readonly {readonly log: RequestLog}[];
  /** Passwords and tokens that were in use. */
  readonly secrets?: readonly string[];
  /** Everything that was printed. */
  readonly outputs?: readonly string[];
}

/** No upload is left open, no secret went astray, and no manifest was written before what it consists of. */
export async function invariants(
  registries: readonly RunningRegistry[],
  {foreign = [], secrets = [], outputs = []}: InvariantOptions = {},
): Promise<void> {
  for (const registry of registries) {
    expect(registry.openUploads(), `open uploads at ${registry.host}`).to.equal(0);
    await expectChildrenFirst(registry);
  }
  for (const {log} of foreign) for (const request of log.requests()) expectNoSecret(request, secrets);
  for (const output of outputs) {
    for (const secret of secrets) {
      expect(output).not.to.include(secret);
      expect(output).not.to.include(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
    }
  }
}

function expectNoSecret(
  {url, rawHeaders, headers}: ReturnType<RequestLog['requests']>[number],
  secrets: readonly string[],
): void {
  expect(headers, `headers of ${url} at a foreign origin`).not.to.have.any.keys('authorization', 'cookie');
  for (const secret of secrets) expect(`${url}\n${rawHeaders.join('\n')}`).not.to.include(secret);
}

// a tag is a manifest written under a name: it comes after everything below it, too
async function expectChildrenFirst(registry: RunningRegistry): Promise<void> {
  const writes = registry.log.requests({status: 201}).flatMap(({method, url}, order) => {
    const [, repository, reference] = /^\/v2\/(.+)\/manifests\/([^/?]+)$/.exec(url) ?? [];
    if (method === 'PUT' && repository && reference)
      return {repository, reference: decodeURIComponent(reference), order};
    const [, uploadRepository] = /^\/v2\/(.+)\/blobs\/uploads\//.exec(url) ?? [];
    const digest = new URLSearchParams(url.slice(url.indexOf('?') + 1));
    const written = digest.get('digest') ?? digest.get('mount');
    return uploadRepository && written ? {repository: uploadRepository, reference: written, order} : [];
  });
  for (const {repository, reference, order} of writes) {
    const manifest = await new RepositoryStore(registry.storage, repository).manifest(reference);
    if (!manifest) continue;
    const {manifests, blobs} = childrenOf(manifest.bytes);
    const own = isDigest(reference) ? [] : [manifest.digest];
    const below = new Set<string>([...manifests, ...blobs, ...own]);
    const late = writes.find(
      (write) => write.repository === repository && write.order > order && below.has(write.reference),
    );
    expect(late?.reference, `written after ${reference} in ${repository}, which needs it`).to.equal(
      undefined,
    );
  }
}

function childrenOf(bytes: Buffer): {manifests: Digest[]; blobs: Digest[]} {
  const document: unknown = JSON.parse(bytes.toString());
  if (!isRecord(document)) return {manifests: [], blobs: []};
  const {manifests, config, layers} = document;
  return {
    manifests: digestsIn(manifests),
    blobs: digestsIn([config, ...(Array.isArray(layers) ? (layers as unknown[]) : [])]),
  };
}

function digestsIn(list: unknown): Digest[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) =>
    isRecord(entry) && isDigest(entry.digest) && !Array.isArray(entry.urls) ? [entry.digest] : [],
  );
}

async function expectSameBlob(from: RepositoryStore, digest: Digest, to: RepositoryStore): Promise<void> {
  const [expected, found] = [await from.blob(digest), await to.blob(digest)];
  expect(expected, `blob ${digest} at the source`).to.exist;
  expect(found, `blob ${digest} at the destination`).to.exist;
  expect(found!.size, `size of ${digest}`).to.equal(expected!.size);
  const [one, other] = await Promise.all([content(expected!.read()), content(found!.read())]);
  expect(one.equals(other), `bytes of ${digest}`).to.be.true;
}

async function content(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
