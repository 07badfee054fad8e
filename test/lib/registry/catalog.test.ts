import {expect} from 'chai';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileStorage} from '../../../src/lib/registry/file-storage.ts';
import {memoryStorage} from '../../../src/lib/registry/memory-storage.ts';
import {RepositoryStore} from '../../../src/lib/registry/repository-store.ts';
import {basic, codesIn, send} from '../../support/registry-client.ts';
import {pushImage, registriesOfTest, type TestRegistry} from '../../support/registry.ts';

describe('the catalog of the built-in registry', () => {
  const registries = registriesOfTest();
  const names = ['team/app', 'team', 'other', 'team/app/deeper', 'Z'.toLowerCase()];
  const fill = async (registry: TestRegistry) => {
    for (const name of names) await pushImage(registry, name, '1', {layers: 1, layerSize: 10});
  };
  const list = async (url: string) => {
    const {body, headers} = await send(url);
    return {...(JSON.parse(body.toString()) as {repositories: string[]}), link: headers.link};
  };
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'corectl-catalog-'));
  });
  after(() => rm(folder, {recursive: true}));

  for (const [where, make] of [
    ['in memory', () => memoryStorage()],
    ['on disk', () => fileStorage(folder)],
  ] as const) {
    it(`lists repositories that hold something, in pages that link to each other: ${where}`, async () => {
      const registry = await registries.start({storage: await make()});
      await fill(registry);
      const gone = new RepositoryStore(registry.storage, 'gone');
      const {digest} = await gone.putManifest(Buffer.from('{}'), 'text/plain');
      await gone.deleteManifest(digest);
      const all = ['other', 'team', 'team/app', 'team/app/deeper', 'z'];
      expect(await list(`${registry.url}/v2/_catalog`)).to.deep.equal({repositories: all, link: undefined});
      const first = await list(`${registry.url}/v2/_catalog?n=3`);
      expect(first).to.deep.equal({
        repositories: all.slice(0, 3),
        link: '</v2/_catalog?n=3&last=team%2Fapp>; rel="next"',
      });
      const next = await list(`${registry.url}/v2/_catalog?n=3&last=team%2Fapp`);
      expect(next).to.deep.equal({repositories: all.slice(3), link: undefined});
    });
  }

  it('is for those who may read everything', async () => {
    const users = [
      {name: 'all', password: 'all'},
      {name: 'dev', password: 'dev', permissions: [{prefix: 'dev', actions: ['pull', 'push'] as const}]},
    ];
    const registry = await registries.start({auth: {kind: 'basic', users}});
    const status = async (headers = {}) => (await send(`${registry.url}/v2/_catalog`, {headers})).status;
    expect(await status()).to.equal(401);
    expect(await status(basic('dev', 'dev'))).to.equal(403);
    expect(await status(basic('all', 'all'))).to.equal(200);
  });

  it('names its scope, and takes a token for it', async () => {
    const users = [
      {name: 'all', password: 'all'},
      {name: 'dev', password: 'dev', permissions: [{prefix: 'dev', actions: ['pull'] as const}]},
    ];
    const registry = await registries.start({auth: {kind: 'bearer', users}});
    const asked = await send(`${registry.url}/v2/_catalog`);
    expect(asked.headers['www-authenticate']).to.contain('scope="registry:catalog:*"');
    const statusAs = async (name: string) => {
      const scope = encodeURIComponent('registry:catalog:*');
      const {body} = await send(`${registry.url}/token?scope=${scope}`, {headers: basic(name, name)});
      const {token} = JSON.parse(body.toString()) as {token: string};
      return (await send(`${registry.url}/v2/_catalog`, {headers: {authorization: `Bearer ${token}`}}))
        .status;
    };
    expect(await statusAs('all')).to.equal(200);
    expect(await statusAs('dev')).to.equal(401);
  });

  it('can be missing, and is read only', async () => {
    const without = await registries.start({catalog: false});
    expect(codesIn(await send(`${without.url}/v2/_catalog`))).to.deep.equal(['UNSUPPORTED']);
    const {url} = await registries.start();
    expect((await send(`${url}/v2/_catalog`, {method: 'DELETE'})).status).to.equal(405);
    expect((await send(`${url}/v2/_catalog?n=x`)).status).to.equal(400);
  });
});
