import {expect} from 'chai';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {codesIn, send} from '../../support/registry-client.ts';
import {pushBlob, registriesOfTest, seededBytes, type TestRegistry} from '../../support/registry.ts';

describe('blobs of the built-in registry', () => {
  const registries = registriesOfTest();
  const content = seededBytes(2000, 'blob');
  const digest = digestOf(content);
  let registry: TestRegistry;
  let url: string;

  beforeEach(async () => {
    registry = await registries.start();
    await pushBlob(registry, 'team/app', content);
    url = `${registry.url}/v2/team/app/blobs/${digest}`;
  });

  it('come with length and digest', async () => {
    for (const method of ['GET', 'HEAD']) {
      const {status, headers, body} = await send(url, {method});
      expect(status).to.equal(200);
      expect(headers['content-length']).to.equal('2000');
      expect(headers['docker-content-digest']).to.equal(digest);
      expect(body.equals(method === 'GET' ? content : Buffer.alloc(0))).to.be.true;
    }
  });

  for (const [range, start, end] of [
    ['bytes=500-1499', 500, 1499],
    ['bytes=500-', 500, 1999],
    ['bytes=-500', 1500, 1999],
    ['bytes=1500-9999', 1500, 1999],
    ['bytes=0-0', 0, 0],
    ['bytes=-9999', 0, 1999],
  ] as const) {
    it(`come in part: ${range}`, async () => {
      const {status, headers, body} = await send(url, {headers: {range}});
      expect(status).to.equal(206);
      expect(headers['content-range']).to.equal(`bytes ${start}-${end}/2000`);
      expect(body.equals(content.subarray(start, end + 1))).to.be.true;
    });
  }

  for (const range of ['bytes=2000-', 'bytes=3000-4000', 'bytes=-0']) {
    it(`have nothing at ${range}`, async () => {
      const {status, headers} = await send(url, {headers: {range}});
      expect(status).to.equal(416);
      expect(headers['content-range']).to.equal('bytes */2000');
    });
  }

  for (const range of ['bytes=5-2', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=-']) {
    it(`come whole for a range that says nothing: ${range}`, async () => {
      expect((await send(url, {headers: {range}})).status).to.equal(200);
    });
  }

  it('are unknown in other repositories, by other digests, and after they were deleted', async () => {
    const elsewhere = await send(`${registry.url}/v2/team/other/blobs/${digest}`);
    expect(elsewhere.status).to.equal(404);
    expect(codesIn(elsewhere)).to.deep.equal(['BLOB_UNKNOWN']);
    expect((await send(`${registry.url}/v2/team/app/blobs/sha256:${'0'.repeat(64)}`)).status).to.equal(404);
    expect(codesIn(await send(`${registry.url}/v2/team/app/blobs/sha256:123`))).to.deep.equal([
      'DIGEST_INVALID',
    ]);
    expect((await send(url, {method: 'DELETE'})).status).to.equal(202);
    expect((await send(url)).status).to.equal(404);
    expect((await send(url, {method: 'DELETE'})).status).to.equal(404);
  });

  it('refuse what is no repository and no method', async () => {
    expect(codesIn(await send(`${registry.url}/v2/Team/app/blobs/${digest}`))).to.deep.equal([
      'NAME_INVALID',
    ]);
    expect(codesIn(await send(`${registry.url}/v2/team//app/blobs/${digest}`))).to.deep.equal([
      'NAME_INVALID',
    ]);
    expect(codesIn(await send(`${registry.url}/v2/%zz/blobs/${digest}`))).to.deep.equal(['NAME_INVALID']);
    const {status, headers} = await send(url, {method: 'PATCH'});
    expect(status).to.equal(405);
    expect(headers.allow).to.equal('GET, HEAD, DELETE');
    expect((await send(`${registry.url}/v3/`)).status).to.equal(404);
  });
});
