import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {acceptManifests} from '../../../src/lib/oci/media-types.ts';
import {fileStorage} from '../../../src/lib/registry/file-storage.ts';
import {memoryStorage} from '../../../src/lib/registry/memory-storage.ts';
import {RepositoryStore} from '../../../src/lib/registry/repository-store.ts';
import type {Storage} from '../../../src/lib/registry/storage.ts';
import {send, upload, withDigest} from '../../support/registry-client.ts';
import {
  expectSameContent,
  generatedBlob,
  pushGenerated,
  pushImage,
  pushIndex,
  registriesOfTest,
  seededBytes,
  syntheticStorage,
} from '../../support/registry.ts';

const content = seededBytes(300_000, 'storage');
const digest = digestOf(content);

describe('storages of the built-in registry', () => {
  const registries = registriesOfTest();
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'corectl-registry-'));
  });

  afterEach(async () => {
    await rm(folder, {recursive: true});
  });

  const storages: Record<string, () => Promise<Storage>> = {
    memory: () => Promise.resolve(memoryStorage()),
    files: () => fileStorage(folder),
  };

  for (const [name, make] of Object.entries(storages)) {
    it(`keep blobs, manifests and tags: ${name}`, async () => {
      const registry = await registries.start({storage: await make()});
      expect((await upload(`${registry.url}/v2/team/app`, content)).status).to.equal(201);
      const range = {range: 'bytes=1000-200999'};
      const part = await send(`${registry.url}/v2/team/app/blobs/${digest}`, {headers: range});
      expect(part.body.equals(content.subarray(1000, 201_000))).to.be.true;
      await pushIndex(registry, 'team/app', 'V1');
      const image = await pushImage(registry, 'team/app', 'v1', {pretty: true});
      expect(await new RepositoryStore(registry.storage, 'team/app').tags()).to.deep.equal(['V1', 'v1']);
      const headers = {accept: acceptManifests};
      const reply = await send(`${registry.url}/v2/team/app/manifests/v1`, {headers});
      expect(reply.body.equals(image.bytes)).to.be.true;
      expect((await send(`${registry.url}/v2/team/app/manifests/v1`, {method: 'DELETE'})).status).to.equal(
        202,
      );
      expect((await send(`${registry.url}/v2/team/app/manifests/v1`, {method: 'DELETE'})).status).to.equal(
        404,
      );
    });
  }

  it('find on disk what an earlier registry left', async () => {
    const first = await registries.start({storage: await fileStorage(folder)});
    const {digest: index} = await pushIndex(first, 'team/app', '1', {emptyLayer: true});
    await first.close();
    const second = await registries.start({storage: await fileStorage(folder)});
    expect(await new RepositoryStore(second.storage, 'team/app').tagged('1')).to.equal(index);
    await expectSameContent(first, 'team/app', index, second, 'team/app');
  });

  it('leave nothing on disk of uploads that came to nothing', async () => {
    const registry = await registries.start({storage: await fileStorage(folder)});
    const begin = () => send(`${registry.url}/v2/team/app/blobs/uploads/`, {method: 'POST'});
    const headers = {'content-type': 'application/octet-stream'};
    const incoming = () => readdir(path.join(folder, 'incoming'));
    await send(withDigest(await begin(), digest), {method: 'PUT', headers, body: 'wrong'});
    await send((await begin()).headers.location!, {method: 'DELETE'});
    expect(await incoming()).to.deep.equal([]);
    await send((await begin()).headers.location!, {method: 'PATCH', headers, body: 'unfinished'});
    expect(await incoming()).to.have.lengthOf(1);
    await registry.close();
    expect(await incoming()).to.deep.equal([]);
  });

  it('make blobs of any size on the way out and drop them on the way in', async () => {
    const made = generatedBlob(5_000_000, 'synthetic');
    const registry = await registries.start({storage: syntheticStorage([made])});
    const layer = await pushGenerated(registry, 'team/app', made);
    const image = await pushImage(registry, 'team/app', '1', {layers: 0, moreLayers: [layer]});
    expect(image.blobs.map(({size}) => size)).to.include(5_000_000);
    const url = `${registry.url}/v2/team/app/blobs/${made.digest}`;
    const {body} = await send(url);
    expect(digestOf(body)).to.equal(made.digest);
    const range = await send(url, {headers: {range: 'bytes=1048570-3000000'}});
    expect(range.body.equals(body.subarray(1_048_570, 3_000_001))).to.be.true;
    const sink = await registries.start({storage: syntheticStorage()});
    expect((await upload(`${sink.url}/v2/team/app`, body)).status).to.equal(201);
    const head = await send(`${sink.url}/v2/team/app/blobs/${made.digest}`, {method: 'HEAD'});
    expect(head.headers['content-length']).to.equal('5000000');
    body[0] = body[0]! ^ 1;
    const begun = await send(`${sink.url}/v2/team/app/blobs/uploads/`, {method: 'POST'});
    expect((await send(withDigest(begun, made.digest), {method: 'PUT', body})).status).to.equal(400);
  });
});
