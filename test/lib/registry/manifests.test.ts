import {expect} from 'chai';
import {digestOf, type Digest} from '../../../src/lib/oci/digest.ts';
import {acceptManifests, mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {codesIn, send, type Reply} from '../../support/registry-client.ts';
import {
  pushBlob,
  pushImage,
  pushIndex,
  registriesOfTest,
  tagged,
  type PushedManifest,
  type TestRegistry,
} from '../../support/registry.ts';

describe('manifests of the built-in registry', () => {
  const registries = registriesOfTest();
  let registry: TestRegistry;
  let image: PushedManifest;

  beforeEach(async () => {
    registry = await registries.start();
    image = await pushImage(registry, 'team/app', '1.2.3', {pretty: true});
  });

  const at = (reference: string, repository = 'team/app') =>
    `${registry.url}/v2/${repository}/manifests/${reference}`;
  const get = (reference: string, accept = acceptManifests) => send(at(reference), {headers: {accept}});

  function put(reference: string, document: unknown, type: string = mediaTypes.ociManifest): Promise<Reply> {
    const body = Buffer.isBuffer(document) ? document : JSON.stringify(document);
    return send(at(reference), {method: 'PUT', headers: {'content-type': type}, body});
  }

  it('come back by tag and by digest as they were pushed', async () => {
    for (const reference of ['1.2.3', image.digest, encodeURIComponent(image.digest)]) {
      const {status, headers, body} = await get(reference);
      expect(status).to.equal(200);
      expect(headers['content-type']).to.equal(image.mediaType);
      expect(headers['docker-content-digest']).to.equal(image.digest);
      expect(body.equals(image.bytes)).to.be.true;
      const head = await send(at(reference), {method: 'HEAD', headers: {accept: acceptManifests}});
      expect(head.status).to.equal(200);
      expect(head.headers['content-length']).to.equal(String(image.size));
    }
  });

  it('are not shown to those who do not accept their type', async () => {
    for (const accept of [mediaTypes.ociIndex, 'application/json', '*/*']) {
      const reply = await get('1.2.3', accept);
      expect(reply.status).to.equal(404);
      expect(codesIn(reply)).to.deep.equal(['MANIFEST_UNKNOWN']);
    }
    expect((await get('1.2.3', `${mediaTypes.ociIndex}, ${mediaTypes.ociManifest};q=0.5`)).status).to.equal(
      200,
    );
  });

  it('are unknown where they were not pushed', async () => {
    expect(codesIn(await get('none'))).to.deep.equal(['MANIFEST_UNKNOWN']);
    expect(codesIn(await get(`sha256:${'0'.repeat(64)}`))).to.deep.equal(['MANIFEST_UNKNOWN']);
    expect(codesIn(await get('sha256:123'))).to.deep.equal(['DIGEST_INVALID']);
    const reply = await get('-tag');
    expect(reply.status).to.equal(404);
    expect(codesIn(reply)).to.deep.equal(['MANIFEST_UNKNOWN']);
  });

  it('are kept byte for byte, under their digest and the tag', async () => {
    const bytes = Buffer.from(`${JSON.stringify(image.document, null, 7)}\n\n`);
    const {status, headers} = await put('rc', bytes);
    expect(status).to.equal(201);
    expect(headers['docker-content-digest']).to.equal(digestOf(bytes));
    expect(headers['oci-subject']).to.equal(undefined);
    expect((await get(digestOf(bytes))).body.equals(bytes)).to.be.true;
    expect(await tagged(registry, 'team/app', 'rc')).to.equal(digestOf(bytes));
  });

  it('keep tags apart that differ in case', async () => {
    await put('RC', Buffer.from(`${JSON.stringify(image.document)} `));
    await put('rc', image.bytes);
    expect((await get('RC')).body).to.have.lengthOf(JSON.stringify(image.document).length + 1);
    expect((await get('rc')).body.equals(image.bytes)).to.be.true;
  });

  it('must be what their digest says, by sha256 and sha512', async () => {
    const other = digestOf(Buffer.from('other'));
    expect(codesIn(await put(other, image.bytes))).to.deep.equal(['DIGEST_INVALID']);
    const sha512 = digestOf(image.bytes, 'sha512');
    expect((await put(sha512, image.bytes)).headers['docker-content-digest']).to.equal(sha512);
    expect((await get(sha512)).body.equals(image.bytes)).to.be.true;
  });

  it('must have their content in place', async () => {
    for (const missing of ['layer', 'config'] as const) {
      const incomplete = await pushImage(registry, 'elsewhere', undefined, {missing, seed: missing});
      for (const blob of incomplete.blobs) {
        if (await registry.storage.blob(blob.digest)) continue;
        const reply = await put('incomplete', incomplete.bytes);
        expect(reply.status).to.equal(400);
        expect(codesIn(reply)).to.deep.equal(['MANIFEST_BLOB_UNKNOWN']);
        expect(reply.body.toString()).to.include(blob.digest);
      }
    }
    const index = await pushIndex(registry, 'elsewhere');
    expect(codesIn(await put('index', index.bytes, index.mediaType))).to.deep.equal([
      'MANIFEST_BLOB_UNKNOWN',
    ]);
    expect(await tagged(registry, 'team/app', 'index')).to.equal(undefined);
  });

  it('need no layers that stay elsewhere, and no subject', async () => {
    const subject = {mediaType: mediaTypes.ociManifest, digest: digestOf(Buffer.from('none')), size: 4};
    const foreign = await pushImage(registry, 'elsewhere', undefined, {foreignLayer: true, subject});
    for (const {digest} of foreign.blobs) {
      await send(`${registry.url}/v2/team/app/blobs/uploads/?mount=${digest}&from=elsewhere`, {
        method: 'POST',
      });
    }
    const {status, headers} = await put('foreign', foreign.bytes);
    expect(status).to.equal(201);
    expect(headers['oci-subject']).to.equal(subject.digest);
  });

  it('are refused where they can be read in two ways', async () => {
    const {document} = image;
    for (const [body, type] of [
      [{...document, manifests: []}, mediaTypes.ociManifest],
      [{schemaVersion: 2, manifests: [], layers: []}, mediaTypes.ociIndex],
      [{schemaVersion: 2, manifests: [], config: {}}, mediaTypes.ociIndex],
      [document, mediaTypes.ociIndex],
      [document, mediaTypes.dockerManifest],
      [{...document, mediaType: undefined}, mediaTypes.dockerManifest],
      [document, 'application/json'],
      [document, ''],
      [{...document, schemaVersion: 1}, mediaTypes.ociManifest],
      [{...document, layers: [{}]}, mediaTypes.ociManifest],
      ['text', mediaTypes.ociManifest],
      [Buffer.from('{'), mediaTypes.ociManifest],
    ] as const) {
      const reply = await put('odd', body, type);
      expect(reply.status, `${type} ${JSON.stringify(body).slice(0, 80)}`).to.equal(400);
      expect(codesIn(reply)).to.deep.equal(['MANIFEST_INVALID']);
    }
  });

  it('may leave their media type to the header', async () => {
    expect((await put('untyped', {...image.document, mediaType: undefined})).status).to.equal(201);
  });

  it('may be as large as told, by default 4 MiB', async () => {
    const sized = (size: number): Buffer => {
      const plain = JSON.stringify({...image.document, annotations: {filling: ''}});
      return Buffer.from(plain.replace('"filling":""', `"filling":"${'x'.repeat(size - plain.length)}"`));
    };
    expect((await put('large', sized(4 * 1024 * 1024))).status).to.equal(201);
    expect(codesIn(await put('larger', sized(4 * 1024 * 1024 + 1)))).to.deep.equal(['MANIFEST_INVALID']);
  });

  it('lose a tag, or all of them with the manifest', async () => {
    await put('also', image.bytes);
    expect((await send(at('also'), {method: 'DELETE'})).status).to.equal(202);
    expect((await get('also')).status).to.equal(404);
    expect((await get('1.2.3')).status).to.equal(200);
    expect((await send(at(image.digest), {method: 'DELETE'})).status).to.equal(202);
    expect(await tagged(registry, 'team/app', '1.2.3')).to.equal(undefined);
    expect((await send(at(image.digest), {method: 'DELETE'})).status).to.equal(404);
  });

  it('take an index of indexes, children first', async () => {
    const nested = await pushIndex(registry, 'elsewhere', undefined, {nested: 2, attestation: true});
    for (const {digest} of nested.blobs) await mountInto('team/copy', digest);
    const copyUp = async (manifest: PushedManifest): Promise<void> => {
      for (const child of manifest.children) await copyUp(child);
      const headers = {'content-type': manifest.mediaType};
      const reply = await send(at(manifest.digest, 'team/copy'), {
        method: 'PUT',
        headers,
        body: manifest.bytes,
      });
      expect(reply.status).to.equal(201);
    };
    await copyUp(nested);
  });

  const mountInto = (repository: string, digest: Digest) =>
    send(`${registry.url}/v2/${repository}/blobs/uploads/?mount=${digest}&from=elsewhere`, {method: 'POST'});
});

describe('tags and referrers of the built-in registry', () => {
  const registries = registriesOfTest();

  it('list tags in pages that link to each other', async () => {
    const registry = await registries.start();
    for (const tag of ['c', 'a', 'B', 'd', 'b']) await pushImage(registry, 'team/app', tag, {layers: 0});
    const list = async (path: string) => {
      const {status, body, headers} = await send(`${registry.url}${path}`);
      expect(status).to.equal(200);
      return {...(JSON.parse(body.toString()) as {name: string; tags: string[]}), link: headers.link};
    };
    expect(await list('/v2/team/app/tags/list')).to.deep.equal({
      name: 'team/app',
      tags: ['B', 'a', 'b', 'c', 'd'],
      link: undefined,
    });
    const first = await list('/v2/team/app/tags/list?n=2');
    expect(first.tags).to.deep.equal(['B', 'a']);
    expect(first.link).to.equal('</v2/team/app/tags/list?n=2&last=a>; rel="next"');
    const second = await list('/v2/team/app/tags/list?n=2&last=a');
    expect(second.tags).to.deep.equal(['b', 'c']);
    const third = await list('/v2/team/app/tags/list?n=2&last=c');
    expect([third.tags, third.link]).to.deep.equal([['d'], undefined]);
    expect((await list('/v2/team/app/tags/list?n=0')).tags).to.deep.equal([]);
  });

  it('clamp pages, and know no tags of a repository that is not there', async () => {
    const registry = await registries.start({tagPageSize: 1});
    await pushImage(registry, 'team/app', 'a', {layers: 0});
    await pushImage(registry, 'team/app', 'b', {layers: 0});
    const {body} = await send(`${registry.url}/v2/team/app/tags/list?n=100`);
    expect(JSON.parse(body.toString())).to.deep.include({tags: ['a']});
    expect(codesIn(await send(`${registry.url}/v2/none/tags/list`))).to.deep.equal(['NAME_UNKNOWN']);
    expect(codesIn(await send(`${registry.url}/v2/team/app/tags/list?n=x`))).to.deep.equal([
      'PAGINATION_NUMBER_INVALID',
    ]);
  });

  it('list what refers to a manifest, all or of one type', async () => {
    const registry = await registries.start();
    const subject = await pushImage(registry, 'team/app', '1');
    const annotations = {'org.example.key': 'value'};
    const typed = await pushImage(registry, 'team/app', undefined, {
      subject,
      annotations,
      artifactType: 'application/vnd.example.signature',
      seed: 1,
    });
    const untyped = await pushImage(registry, 'team/app', undefined, {subject, seed: 2});
    await pushImage(registry, 'team/app', undefined, {annotations: {text: subject.digest}, seed: 3});
    const list = async (query = '') => {
      const {body, headers} = await send(`${registry.url}/v2/team/app/referrers/${subject.digest}${query}`);
      expect(headers['content-type']).to.equal(mediaTypes.ociIndex);
      const {manifests} = JSON.parse(body.toString()) as {manifests: {digest: string}[]};
      return {manifests, applied: headers['oci-filters-applied']};
    };
    const all = await list();
    expect(all.applied).to.equal(undefined);
    expect(all.manifests).to.have.deep.members([
      {
        mediaType: typed.mediaType,
        digest: typed.digest,
        size: typed.size,
        artifactType: 'application/vnd.example.signature',
        annotations,
      },
      {
        mediaType: untyped.mediaType,
        digest: untyped.digest,
        size: untyped.size,
        artifactType: 'application/vnd.oci.image.config.v1+json',
      },
    ]);
    const filtered = await list('?artifactType=application/vnd.example.signature');
    expect(filtered.applied).to.equal('artifactType');
    expect(filtered.manifests.map(({digest}) => digest)).to.deep.equal([typed.digest]);
  });

  it('have an empty list for a subject that is not there, and none at all when switched off', async () => {
    const registry = await registries.start();
    const nobody = digestOf(Buffer.from('nobody'));
    const {status, body} = await send(`${registry.url}/v2/team/app/referrers/${nobody}`);
    expect(status).to.equal(200);
    expect(JSON.parse(body.toString())).to.deep.include({manifests: []});
    const without = await registries.start({referrers: false});
    expect((await send(`${without.url}/v2/team/app/referrers/${nobody}`)).status).to.equal(404);
    await pushBlob(without, 'team/app', Buffer.from('{}'));
    const image = await pushImage(without, 'team/app', undefined, {layers: 0});
    const document = {
      ...image.document,
      subject: {mediaType: image.mediaType, digest: image.digest, size: image.size},
    };
    const pushed = await send(`${without.url}/v2/team/app/manifests/signature`, {
      method: 'PUT',
      headers: {'content-type': image.mediaType},
      body: JSON.stringify(document),
    });
    expect(pushed.status).to.equal(201);
    expect(pushed.headers).not.to.have.property('oci-subject');
  });
});
