import {expect} from 'chai';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {
  asSubject,
  invariants,
  pushArtifact,
  pushBlob,
  pushImage,
  pushIndex,
  pushManifest,
  seededBytes,
} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {expectPromoted, pushBytes, repositoryOf, sitesOfTest, storeOf, tagOf} from '../../support/sites.ts';
import {whileTheClockStands} from '../../support/standing-clock.ts';

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

  it('when a registry hides every manifest of a type that is not asked for', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const docker = await pushIndex(dev.registry, repositoryOf(dev), undefined, {docker: true, seed: 2});
    const {digest} = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {children: [docker]});
    for (const {registry} of [dev, eu]) {
      registry.faults.add({
        path: /\/manifests\//,
        match: ({method}) => method === 'GET' || method === 'HEAD',
        action: {
          intercept: async (exchange, next) => {
            const answer = await next(exchange);
            const accepted = (exchange.headers.accept ?? '').split(/, */);
            if (answer.status !== 200 || accepted.includes(String(answer.headers['content-type'])))
              return answer;
            return {status: 404, headers: {'content-length': '0'}};
          },
        },
      });
    }
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    await expectPromoted(dev, digest, eu);
    const again = await promoteForTest({from: dev, to: [eu]});
    expect(again.destination('prod-eu').status).to.equal('up-to-date');
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

  it('with two platforms and an attestation of each: no entry is left out for its platform', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const repository = repositoryOf(dev);
    const statement = await pushBlob(dev.registry, repository, Buffer.from('{"_type":"in-toto"}'));
    const entries: object[] = [];
    for (const architecture of ['amd64', 'arm64']) {
      const image = await pushImage(dev.registry, repository, undefined, {seed: architecture, architecture});
      const {document} = await pushImage(dev.registry, repository, undefined, {
        layers: 0,
        seed: `${architecture}-attestation`,
      });
      const layers = [{mediaType: 'application/vnd.in-toto+json', ...statement}];
      const attestation = await pushManifest(
        dev.registry,
        repository,
        undefined,
        {...document, layers},
        {mediaType: mediaTypes.ociManifest},
      );
      entries.push({...asSubject(image), platform: {architecture, os: 'linux'}});
      entries.push({
        ...asSubject(attestation),
        platform: {architecture: 'unknown', os: 'unknown'},
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': image.digest,
        },
      });
    }
    const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries};
    const digest = await pushBytes(dev, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex);
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.images[0]).to.include({digest});
    await expectPromoted(dev, digest, eu);
    const written = eu.registry.log.requests({method: 'PUT', path: /\/manifests\//});
    expect(written).to.have.length(5);
  });

  it('compressed or not: layers are not looked into', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const repository = repositoryOf(dev);
    const {document} = await pushImage(dev.registry, repository, undefined, {layers: 0});
    const layers = [];
    for (const type of ['vnd.oci.image.layer.v1.tar+zstd', 'vnd.oci.image.layer.v1.tar', 'x-new']) {
      const blob = await pushBlob(dev.registry, repository, seededBytes(5000, type));
      const annotations = {'io.github.containers.zstd-chunked.manifest-position': '1:2:3:1'};
      layers.push({mediaType: `application/${type}`, ...blob, annotations});
    }
    const {digest} = await pushManifest(
      dev.registry,
      repository,
      '1.0.0',
      {...document, layers},
      {mediaType: mediaTypes.ociManifest},
    );
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
  });

  it('with the same layer five times on three platforms, which is sent once to each destination', async () => {
    const [dev, eu, us] = [
      await sites.source(),
      await sites.destination(),
      await sites.destination('prod-us'),
    ];
    const repository = repositoryOf(dev);
    const shared = await pushBlob(dev.registry, repository, seededBytes(50_000, 'shared'));
    const {digest} = await pushIndex(dev.registry, repository, '1.0.0', {
      platforms: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'],
      layers: 1,
      moreLayers: Array.from({length: 5}, () => shared),
    });
    await whileTheClockStands(() => promoteForTest({from: dev, to: [eu, us], concurrency: 16}));
    for (const site of [eu, us]) {
      await expectPromoted(dev, digest, site);
      const sent = site.registry.log.requests({method: 'PUT', path: new RegExp(shared.digest)});
      expect(sent).to.have.length(1);
    }
    expect(dev.registry.log.requests({method: 'GET', path: new RegExp(shared.digest)})).to.have.length(1);
  });

  it('whatever its answer to HEAD says of its length', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const index = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    for (const {registry} of [dev, eu]) {
      registry.faults.add({
        method: 'HEAD',
        path: /\/manifests\//,
        action: {headers: {'content-length': '7'}},
      });
    }
    for (let run = 0; run < 2; run += 1) {
      const {report} = await promoteForTest({from: dev, to: [eu]});
      expect(report.exitCode).to.equal(0);
      await expectPromoted(dev, index.digest, eu);
    }
  });

  it('with content that it holds itself: that is neither used nor changed', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {document} = await pushImage(dev.registry, repositoryOf(dev), undefined, {layers: 1});
    const config = {...(document.config as object), data: Buffer.from('{"not":"it"}').toString('base64')};
    const {digest} = await pushManifest(
      dev.registry,
      repositoryOf(dev),
      '1.0.0',
      {...document, config},
      {mediaType: mediaTypes.ociManifest},
    );
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, digest, eu);
    expect(destination('prod-eu').blobs).to.include({copied: 2});
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
    const {report} = await whileTheClockStands(() => promoteForTest({from: dev, to}));
    expect(report.ok).to.equal(true);
    for (const site of to) {
      expect(await tagOf(site)).to.equal(digest);
      const sockets = new Set(site.registry.log.requests().map(({socket}) => socket));
      expect(sockets.size).to.be.lessThan(64);
    }
    expect(dev.registry.log.requests({method: 'GET', path: /\/blobs\//})).to.have.length(601);
  }).timeout(120_000); // some 5000 requests
});
