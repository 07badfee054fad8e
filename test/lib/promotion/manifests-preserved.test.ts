import {expect} from 'chai';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {
  invariants,
  pushArtifact,
  pushBlob,
  pushImage,
  pushIndex,
  pushManifest,
} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, pushBytes, repositoryOf, sitesOfTest, storeOf, tagOf} from '../../support/sites.ts';

describe('a promoted image is the same, byte for byte,', () => {
  const sites = sitesOfTest();

  const written: Record<string, (json: string) => string | Buffer> = {
    'indented by tabs': (json) => JSON.stringify(JSON.parse(json), null, '\t'),
    'ended by a newline': (json) => `${json}\n\n`,
    'with lines ended by CR and LF': (json) =>
      JSON.stringify(JSON.parse(json), null, 2).replaceAll('\n', '\r\n'),
    'with its keys in an odd order': (json) =>
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(json) as object).reverse())),
    'with fields that nobody knows': (json) => json.replace('{', '{"x-vendor":{"deep":[null,true,[]]},'),
    'with escapes that need none': (json) => json.replace('{', String.raw`{"x":"\u003cb\u003e\/",`),
    'with numbers that JavaScript writes otherwise': (json) =>
      json.replace('{', '{"x":[1.0,1e2,-0,9007199254740993],'),
    'with the same key twice': (json) => json.replace('{', '{"x":1,"x":2,'),
    'with text that is not ASCII': (json) => json.replace('{', '{"annotations":{"ключ":"värde 値 🚀"},'),
    'with text that is no UTF-8': (json) =>
      Buffer.from(json.replace('{', '{"annotations":{"x":"\u00ff\u00fe"},'), 'latin1'),
  };
  for (const [how, rewrite] of Object.entries(written)) {
    it(`when its manifest is ${how}`, async () => {
      const [dev, eu] = [await sites.source(), await sites.destination()];
      const {bytes, mediaType} = await pushImage(dev.registry, repositoryOf(dev));
      const digest = await pushBytes(dev, Buffer.from(rewrite(bytes.toString())), mediaType);
      const {report} = await promoteForTest({from: dev, to: [eu]});
      expect(report.images[0]).to.include({digest});
      await expectPromoted(dev, digest, eu);
    });
  }

  it('when every child of an index is written in its own way', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const index = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {pretty: true});
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, index.digest, eu);
  });

  it('when a Docker list is named by a tag: no platform is picked out of it', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const list = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {docker: true});
    // a registry hands out one platform's image to whoever does not ask for lists
    dev.registry.faults.add({
      path: /\/manifests\/1\.0\.0$/,
      match: ({headers}) => !(headers.accept ?? '').includes(mediaTypes.dockerList),
      action: {
        status: 200,
        headers: {'content-type': mediaTypes.dockerManifest},
        body: list.children[0]!.bytes,
      },
    });
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.images[0]).to.include({digest: list.digest, mediaType: mediaTypes.dockerList});
    await expectPromoted(dev, list.digest, eu);
  });

  it('as every request for a manifest, by HEAD or GET, accepts every type of manifest', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    await promoteForTest({from: dev, to: [eu]});
    const {ociIndex, ociManifest, dockerList, dockerManifest} = mediaTypes;
    const asked = [dev, eu].flatMap(({registry}) =>
      registry.log.requests({path: /\/manifests\//}).filter(({method}) => method !== 'PUT'),
    );
    expect(new Set(asked.map(({method}) => method))).to.deep.equal(new Set(['HEAD', 'GET']));
    for (const {headers} of asked) {
      expect(headers.accept).to.include(ociIndex).and.include(ociManifest);
      expect(headers.accept).to.include(dockerList).and.include(dockerManifest);
    }
  });

  it('attestations of unknown/unknown included', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const first = await pushIndex(dev.registry, repositoryOf(dev), undefined, {attestation: true});
    const index = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {
      seed: 'other',
      attestation: true,
      children: first.children,
    });
    expect(index.document.manifests).to.have.length(6);
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, index.digest, eu);
  });

  it('whatever its config and layers are: charts, modules, materials', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const blob = await pushBlob(dev.registry, repositoryOf(dev), Buffer.from('chart'));
    const document = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: 'application/x-nobody-knows',
      config: {mediaType: 'application/vnd.cncf.helm.config.v1+json', ...blob},
      layers: [{mediaType: 'application/x-foo', ...blob, urls: ['http://127.0.0.1:1/never'], data: 'WRONG'}],
    };
    const {digest} = await pushManifest(dev.registry, repositoryOf(dev), '1.0.0', document, {
      mediaType: mediaTypes.ociManifest,
    });
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
  });

  it('without a media type of its own: it keeps the one it was served as, and is not changed', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {document} = await pushImage(dev.registry, repositoryOf(dev));
    const bare = {...document, mediaType: undefined};
    const {digest} = await pushManifest(dev.registry, repositoryOf(dev), '1.0.0', bare, {
      mediaType: mediaTypes.ociManifest,
    });
    dev.registry.faults.add({
      path: /\/manifests\//,
      action: {headers: {'content-type': `${mediaTypes.ociManifest}; charset=utf-8`}},
    });
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
    const puts = eu.registry.log.requests({method: 'PUT', path: /\/manifests\//});
    expect(puts.map(({headers}) => headers['content-type'])).to.deep.equal([mediaTypes.ociManifest]);
  });

  it('served as plain JSON: its own field tells what it is', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    dev.registry.faults.add({
      method: 'GET',
      path: /\/manifests\//,
      action: {headers: {'content-type': 'application/json'}},
    });
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
  });

  it('with no layers, an empty layer, the same layer again, or {} as config and layer, each blob sent once', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const repository = repositoryOf(dev);
    const children = [
      await pushImage(dev.registry, repository, undefined, {layers: 0}),
      await pushImage(dev.registry, repository, undefined, {
        layers: 1,
        emptyLayer: true,
        duplicateLayer: true,
      }),
      await pushImage(dev.registry, repository, undefined, {layers: 1, emptyLayer: true, docker: true}),
      await pushArtifact(dev.registry, repository),
    ];
    const {digest} = await pushIndex(dev.registry, repository, '1.0.0', {platforms: [], children});
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
    const uploaded = eu.registry.log.requests({method: 'PUT', path: /\/blobs\/uploads\//, status: 201});
    const digests = uploaded.map(({url}) => new URLSearchParams(url.split('?')[1]).get('digest'));
    expect(new Set(digests).size).to.equal(digests.length);
    await invariants([dev.registry, eu.registry]);
  });

  it('as an index of nothing', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {digest} = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {platforms: []});
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
  });

  it('with a manifest of almost four megabytes', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const annotations = Object.fromEntries(
      Array.from({length: 390}, (_, i) => [`k${i}`, 'v'.repeat(10_000)]),
    );
    const {digest, size} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {annotations});
    expect(size).to.be.greaterThan(3_900_000);
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
  });

  it('with children and blobs named by sha512', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const repository = repositoryOf(dev);
    const child = await pushImage(dev.registry, repository, undefined, {algorithm: 'sha512'});
    const {digest} = await pushIndex(dev.registry, repository, '1.0.0', {platforms: [], children: [child]});
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
    expect((await storeOf(eu).manifest(child.digest))?.bytes.equals(child.bytes)).to.equal(true);
  });

  it('with indexes within indexes that share a manifest: each is written once, after what it lists', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const repository = repositoryOf(dev);
    const shared = await pushImage(dev.registry, repository);
    const inner = await pushIndex(dev.registry, repository, undefined, {children: [shared]});
    const other = await pushIndex(dev.registry, repository, undefined, {
      children: [shared],
      nested: 1,
      seed: 2,
    });
    const {digest} = await pushIndex(dev.registry, repository, '1.0.0', {
      platforms: [],
      children: [inner, other, shared],
    });
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
    const puts = eu.registry.log.requests({method: 'PUT', path: /\/manifests\//}).map(({url}) => url);
    expect(new Set(puts).size).to.equal(puts.length);
    await invariants([dev.registry, eu.registry]);
  });

  it('with six hundred layers for three destinations, over a bounded number of connections', async () => {
    const dev = await sites.source();
    const to = [await sites.destination('a'), await sites.destination('b'), await sites.destination('c')];
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 600, layerSize: 100});
    const {report} = await promoteForTest({from: dev, to});
    expect(report.ok).to.equal(true);
    for (const site of to) {
      expect(await tagOf(site)).to.equal(digest);
      const sockets = new Set(site.registry.log.requests().map(({socket}) => socket));
      expect(sockets.size).to.be.lessThan(64);
    }
    expect(dev.registry.log.requests({method: 'GET', path: /\/blobs\//})).to.have.length(601);
  });
});
