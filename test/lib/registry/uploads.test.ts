import {expect} from 'chai';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {codesIn, send, upload, withDigest} from '../../support/registry-client.ts';
import {pushBlob, registriesOfTest, seededBytes, type TestRegistry} from '../../support/registry.ts';

describe('uploads to the built-in registry', () => {
  const registries = registriesOfTest();
  const content = seededBytes(100_000, 'upload');
  const digest = digestOf(content);
  const octets = {'content-type': 'application/octet-stream'};
  let registry: TestRegistry;
  let repository: string;

  beforeEach(async () => {
    registry = await registries.start();
    repository = `${registry.url}/v2/team/app`;
  });

  const begin = () => send(`${repository}/blobs/uploads/`, {method: 'POST'});

  async function expectStored(): Promise<void> {
    const {status, body} = await send(`${repository}/blobs/${digest}`);
    expect(status).to.equal(200);
    expect(body.equals(content)).to.be.true;
    expect(registry.openUploads()).to.equal(0);
  }

  it('take a blob with POST and PUT', async () => {
    const {status, headers} = await upload(repository, content);
    expect(status).to.equal(201);
    expect(headers['docker-content-digest']).to.equal(digest);
    expect(headers.location).to.equal(`${repository}/blobs/${digest}`);
    await expectStored();
  });

  it('take a blob with a single POST', async () => {
    const {status} = await send(`${repository}/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      headers: octets,
      body: content,
    });
    expect(status).to.equal(201);
    await expectStored();
  });

  it('take an empty blob', async () => {
    const {status} = await upload(repository, Buffer.alloc(0));
    expect(status).to.equal(201);
    const {headers} = await send(`${repository}/blobs/${digestOf(Buffer.alloc(0))}`);
    expect(headers['content-length']).to.equal('0');
  });

  it('take a blob by its sha512, at once and in chunks', async () => {
    const sha512 = digestOf(content, 'sha512');
    for (const first of [Buffer.alloc(0), content.subarray(0, 10)]) {
      const begun = await begin();
      const patched = await send(begun.headers.location!, {method: 'PATCH', headers: octets, body: first});
      const rest = content.subarray(first.length);
      const done = await send(withDigest(patched, sha512), {method: 'PUT', headers: octets, body: rest});
      expect(done.status).to.equal(201);
      expect((await send(`${repository}/blobs/${sha512}`)).body.equals(content)).to.be.true;
    }
  });

  it('take chunks, the last of them in the PUT', async () => {
    let reply = await begin();
    for (const [start, end] of [
      [0, 39_999],
      [40_000, 79_999],
    ] as const) {
      reply = await send(reply.headers.location!, {
        method: 'PATCH',
        headers: {...octets, 'content-range': `${start}-${end}`},
        body: content.subarray(start, end + 1),
      });
      expect(reply.status).to.equal(202);
      expect(reply.headers.range).to.equal(`0-${end}`);
    }
    const body = content.subarray(80_000);
    const headers = {...octets, 'content-range': '80000-99999'};
    expect((await send(withDigest(reply, digest), {method: 'PUT', headers, body})).status).to.equal(201);
    await expectStored();
  });

  it('refuse a chunk at the wrong offset and tell where to go on', async () => {
    const first = content.subarray(0, 50_000);
    const begun = await begin();
    const patched = await send(begun.headers.location!, {method: 'PATCH', headers: octets, body: first});
    const wrong = await send(patched.headers.location!, {
      method: 'PATCH',
      headers: {...octets, 'content-range': '60000-99999'},
      body: content.subarray(60_000),
    });
    expect(wrong.status).to.equal(416);
    expect(codesIn(wrong)).to.deep.equal(['RANGE_INVALID']);
    // any Location of the upload tells the state, the newest alone may write
    const state = await send(begun.headers.location!);
    expect(state.status).to.equal(204);
    expect(state.headers.range).to.equal('0-49999');
    const body = content.subarray(50_000);
    expect((await send(withDigest(state, digest), {method: 'PUT', headers: octets, body})).status).to.equal(
      201,
    );
    await expectStored();
  });

  it('say 0-0 of an upload without a byte', async () => {
    const {status, headers} = await begin();
    expect(status).to.equal(202);
    expect(headers.range).to.equal('0-0');
  });

  for (const [how, wrongly] of [
    [
      'a single POST',
      async () =>
        send(`${repository}/blobs/uploads/?digest=${digestOf(Buffer.from('x'))}`, {
          method: 'POST',
          headers: octets,
          body: content,
        }),
    ],
    [
      'POST and PUT',
      async () =>
        send(withDigest(await begin(), digestOf(Buffer.from('x'))), {
          method: 'PUT',
          headers: octets,
          body: content,
        }),
    ],
    [
      'chunks',
      async () => {
        const patched = await send((await begin()).headers.location!, {
          method: 'PATCH',
          headers: octets,
          body: content,
        });
        return send(withDigest(patched, digestOf(Buffer.from('x'))), {method: 'PUT'});
      },
    ],
    [
      'a digest that is none',
      async () =>
        send(withDigest(await begin(), 'sha256:123'), {method: 'PUT', headers: octets, body: content}),
    ],
  ] as const) {
    it(`refuse content that is not what the digest says: ${how}`, async () => {
      const reply = await wrongly();
      expect(reply.status).to.equal(400);
      expect(codesIn(reply)).to.deep.equal(['DIGEST_INVALID']);
      expect(registry.openUploads()).to.equal(0);
      expect((await send(`${repository}/blobs/${digestOf(Buffer.from('x'))}`)).status).to.equal(404);
    });
  }

  it('want the query of the Location back byte for byte', async () => {
    const begun = await begin();
    const [path, query = ''] = begun.headers.location!.split('?');
    const rebuilt = new URLSearchParams(query);
    rebuilt.append('digest', digest);
    const reply = await send(`${path}?${rebuilt.toString()}`, {
      method: 'PUT',
      headers: octets,
      body: content,
    });
    const cancelled = await send(`${path}?_state=guessed`, {method: 'DELETE'});
    expect(codesIn(cancelled)).to.deep.equal(['BLOB_UPLOAD_INVALID']);
    expect(registry.openUploads()).to.equal(1);
    expect(reply.status).to.equal(400);
    expect(codesIn(reply)).to.deep.equal(['BLOB_UPLOAD_INVALID']);
  });

  it('take each Location once', async () => {
    const begun = await begin();
    const chunk = {method: 'PATCH', headers: octets, body: content.subarray(0, 10)};
    await send(begun.headers.location!, chunk);
    const again = await send(begun.headers.location!, chunk);
    expect(again.status).to.equal(416);
    expect(codesIn(again)).to.deep.equal(['RANGE_INVALID']);
  });

  it('know neither finished nor cancelled ones any more', async () => {
    const begun = await begin();
    expect((await send(begun.headers.location!, {method: 'DELETE'})).status).to.equal(204);
    expect(registry.openUploads()).to.equal(0);
    const reply = await send(withDigest(begun, digest), {method: 'PUT', headers: octets, body: content});
    expect(reply.status).to.equal(404);
    expect(codesIn(reply)).to.deep.equal(['BLOB_UPLOAD_UNKNOWN']);
  });

  it('refuse chunks of another content type', async () => {
    const begun = await begin();
    const headers = {'content-type': 'text/plain;charset=UTF-8'};
    const reply = await send(begun.headers.location!, {method: 'PATCH', headers, body: content});
    expect(reply.status).to.equal(400);
    expect(codesIn(reply)).to.deep.equal(['BLOB_UPLOAD_INVALID']);
  });

  it('stay open when the client goes away, and do not take the rest for the beginning', async () => {
    const begun = await begin();
    const url = withDigest(begun, digest);
    registry.faults.add({method: 'PUT', times: 1, action: {reset: {afterRequestBytes: 60_000}}});
    const broken = await send(url, {method: 'PUT', headers: octets, body: content}).catch(
      (error: unknown) => error,
    );
    expect(broken).to.be.instanceOf(Error);
    await registry.log.idle();
    expect(registry.openUploads()).to.equal(1);
    const again = await send(url, {method: 'PUT', headers: octets, body: content});
    expect(again.status).to.equal(416);
    expect((await send(begun.headers.location!, {method: 'DELETE'})).status).to.equal(204);
    expect(registry.openUploads()).to.equal(0);
  });

  describe('that mount', () => {
    const mount = (from: string, of: string = digest) =>
      send(`${repository}/blobs/uploads/?mount=${of}&from=${encodeURIComponent(from)}`, {method: 'POST'});

    it('take a blob over from another repository without a byte', async () => {
      await pushBlob(registry, 'team/base', content);
      const {status, headers} = await mount('team/base');
      expect(status).to.equal(201);
      expect(headers.location).to.equal(`${repository}/blobs/${digest}`);
      await expectStored();
    });

    it('open an upload where the blob is not there', async () => {
      const begun = await mount('team/base');
      expect(begun.status).to.equal(202);
      expect(registry.openUploads()).to.equal(1);
      await send(withDigest(begun, digest), {method: 'PUT', headers: octets, body: content});
      await expectStored();
    });

    it('open an upload where mounting is switched off', async () => {
      const other = await registries.start({mounts: false});
      await pushBlob(other, 'team/base', content);
      const url = `${other.url}/v2/team/app/blobs/uploads/?mount=${digest}&from=team/base`;
      expect((await send(url, {method: 'POST'})).status).to.equal(202);
    });
  });

  it('give a Location without an origin where told so', async () => {
    const other = await registries.start({locations: 'path'});
    const {headers} = await send(`${other.url}/v2/team/app/blobs/uploads/`, {method: 'POST'});
    expect(headers.location).to.match(/^\/v2\/team\/app\/blobs\/uploads\/[0-9a-f]{32}\?/);
  });
});
