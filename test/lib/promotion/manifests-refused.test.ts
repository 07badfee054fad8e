import {expect} from 'chai';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {invariants, pushImage, pushIndex} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {
  expectPromoted,
  pushBytes,
  repositoryOf,
  sitesOfTest,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

describe('a source that holds something else than an image', () => {
  const sites = sitesOfTest();

  /** Promotes what stands at the source: nothing is written, and the error tells why. */
  async function expectRefused(dev: TestSite, message: RegExp, code?: string): Promise<void> {
    const eu = await sites.destination();
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.ok).to.equal(false);
    expect(report.error?.message).to.match(message);
    expect(report.error?.message).to.include('source dev');
    if (code !== undefined) expect(report.error?.code).to.equal(code);
    expect(
      eu.registry.log.requests().filter(({method}) => method !== 'HEAD' && method !== 'GET'),
    ).to.deep.equal([]);
    await invariants([dev.registry, eu.registry]);
  }

  async function holding(
    document: object | string,
    mediaType: string = mediaTypes.ociManifest,
  ): Promise<TestSite> {
    const dev = await sites.source();
    const bytes = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
    await pushBytes(dev, bytes, mediaType);
    return dev;
  }

  it('names schema 1 as the reason', async () => {
    const dev = await holding(
      {schemaVersion: 1, name: 'app', tag: '1.0.0', fsLayers: [], signatures: []},
      mediaTypes.dockerSchema1Signed,
    );
    await expectRefused(dev, /schema 1/, 'unsupported-manifest');
  });

  it('tells of a manifest that calls itself something else than it was served as', async () => {
    const dev = await holding(
      {schemaVersion: 2, mediaType: mediaTypes.ociManifest, manifests: []},
      mediaTypes.ociIndex,
    );
    await expectRefused(dev, /calls itself/);
  });

  it('refuses a manifest that reads both as an index and as an image', async () => {
    const config = {mediaType: 'application/json', digest: digestOf(Buffer.from('{}')), size: 2};
    const both = {schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [], manifests: []};
    await expectRefused(await holding(both), /ambiguous/, 'invalid-manifest');
    const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], layers: []};
    await expectRefused(await holding(index, mediaTypes.ociIndex), /ambiguous/, 'invalid-manifest');
  });

  const nothing = {mediaType: 'application/json', digest: digestOf(Buffer.from('{}')), size: 2};
  const image = {schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: nothing, layers: []};
  const ambiguous: Record<string, [document: object, mediaType?: string]> = {
    'a list of manifests in other letters': [{...image, Manifests: []}],
    'layers in other letters beside its own': [{...image, Layers: [nothing]}],
    'layers with a long s, which is an s to some': [{...image, ['layer\u017f']: [nothing]}],
    'a subject in other letters': [{...image, SUBJECT: nothing}],
    'an index with a config in other letters': [
      {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], Config: nothing},
      mediaTypes.ociIndex,
    ],
    'layers under a type that nobody knows': [
      {...image, mediaType: 'application/vnd.example.thing+json'},
      'application/vnd.example.thing+json',
    ],
    'manifests under a type that nobody knows': [
      {schemaVersion: 2, mediaType: 'application/vnd.example.list+json', manifests: [nothing]},
      'application/vnd.example.list+json',
    ],
  };
  for (const [what, [document, mediaType]] of Object.entries(ambiguous)) {
    it(`refuses ${what}`, async () => {
      const dev = await holding(document);
      if (mediaType !== undefined)
        dev.registry.faults.add({method: 'GET', action: {headers: {'content-type': mediaType}}});
      await expectRefused(dev, /ambiguous/, 'invalid-manifest');
    });
  }

  it('refuses a child that reads in two ways before anything is written', async () => {
    const dev = await sites.source();
    const bytes = Buffer.from(JSON.stringify({...image, Manifests: []}));
    const child = await pushBytes(dev, bytes, mediaTypes.ociManifest, 'child');
    const manifests = [{mediaType: mediaTypes.ociManifest, digest: child, size: bytes.length}];
    const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests};
    await pushBytes(dev, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex);
    await expectRefused(dev, new RegExp(`ambiguous manifest ${child}`), 'invalid-manifest');
  });

  it('refuses an answer that is not what the digest names', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const index = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {platforms: ['linux/arm64']});
    dev.registry.faults.add({method: 'GET', path: /\/manifests\/sha256:/, action: {corrupt: 30}});
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.error).to.include({code: 'digest-mismatch'});
    expect(report.error?.message).to.include(index.children[0]!.digest);
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('does not believe the digest in the answer to a tag, and promotes what it is', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    dev.registry.faults.add({
      path: /\/manifests\/1\.0\.0/,
      action: {headers: {'docker-content-digest': digestOf(Buffer.from('a lie'))}},
    });
    const {report, events} = await promoteForTest({from: dev, to: [eu]});
    expect(report.images[0]).to.include({digest});
    await expectPromoted(dev, digest, eu);
    const warnings = events.filter((event) => event.kind === 'warning').map(({message}) => message);
    expect(warnings).to.have.length(1);
    expect(warnings[0])
      .to.include(digest)
      .and.include(digestOf(Buffer.from('a lie')));
  });

  it('refuses other bytes than those of the digest that the user named', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    dev.registry.faults.add({method: 'GET', path: /\/manifests\/sha256:/, action: {corrupt: 30}});
    const {report} = await promoteForTest({from: dev, to: [eu], images: [`app:1.0.0@${digest}`]});
    expect(report.error).to.include({code: 'digest-mismatch'});
    expect(await tagOf(eu)).to.equal(undefined);
  });

  it('tells of a child that is larger than its index says', async () => {
    const dev = await sites.source();
    const child = await pushImage(dev.registry, repositoryOf(dev));
    const entry = {mediaType: child.mediaType, digest: child.digest, size: child.size + 1};
    const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry]};
    const digest = await pushBytes(dev, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex);
    await expectRefused(dev, new RegExp(`${child.digest}.*\\(index ${digest}\\)`), 'size-mismatch');
  });

  it('refuses forty indexes within each other', async () => {
    const dev = await sites.source();
    await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {platforms: ['linux/amd64'], nested: 40});
    await expectRefused(dev, /too deep/, 'invalid-manifest');
  });

  it('names the platform that is missing from an index', async () => {
    const dev = await sites.source();
    const index = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {sparse: true});
    await expectRefused(dev, new RegExp(`${index.children[1]!.digest} \\(linux/arm64\\)`));
  });

  it('refuses an index of a hundred thousand children without reading them', async () => {
    const entry = `{"mediaType":"a/b","size":1,"digest":"${digestOf(Buffer.from('x'))}"}`;
    const children = Array.from({length: 100_000}, (_, i) =>
      entry.replace(/[0-9a-f]{6}"/, `${i.toString(16).padStart(6, '0')}"`),
    );
    const dev = await holding(`{"schemaVersion":2,"manifests":[${children.join()}]}`, mediaTypes.ociIndex);
    await expectRefused(dev, /10,?000/, 'invalid-manifest');
    expect(dev.registry.log.requests().length).to.be.lessThan(5);
  });

  it('stops reading a manifest that does not end', async () => {
    const dev = await holding({schemaVersion: 2, config: {}});
    dev.registry.faults.add({method: 'GET', path: /\/manifests\//, action: {extra: Infinity}});
    await expectRefused(dev, /larger than/, 'manifest-too-large');
    const [read] = dev.registry.log.requests({method: 'GET', path: /\/manifests\//});
    expect(read!.bytesSent).to.be.lessThan(32 * 1024 * 1024);
  });

  it('is refused where a manifest nests a hundred thousand levels deep, also in a field of no interest', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const {bytes, mediaType} = await pushImage(dev.registry, repositoryOf(dev));
    const deep = `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},${bytes.toString().slice(1)}`;
    await pushBytes(dev, Buffer.from(deep), mediaType);
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.error?.code).to.equal('invalid-manifest');
    expect(await tagOf(eu)).to.equal(undefined);
  });

  const hex = 'a'.repeat(64);
  const hostile: Record<string, object> = {
    'a digest that climbs out of its path': {digest: 'sha256:../../../v2/other/manifests/x?'},
    'a digest with a path behind it': {digest: `sha256:${hex}/../../y`},
    'a digest with an escape in it': {digest: `sha256:${hex.slice(1)}%2e`},
    'an upper-case algorithm': {digest: `SHA256:${hex}`},
    'upper-case digits': {digest: `sha256:${hex.toUpperCase()}`},
    'a header behind the digest': {digest: `sha256:${hex}\r\nX: y`},
    'a digest that is a list': {digest: [`sha256:${hex}`]},
    'no digest': {digest: undefined},
    'a header behind the media type': {mediaType: 'a/b\r\nX-Evil: 1'},
    'no media type': {mediaType: undefined},
    'a negative size': {size: -1},
    'half a byte': {size: 1.5},
    'a size in quotes': {size: '10'},
    'more bytes than can be counted': {size: 2 ** 60},
  };
  for (const [what, fields] of Object.entries(hostile)) {
    it(`refuses ${what}, and asks for nothing by it`, async () => {
      const fine = {mediaType: 'application/octet-stream', digest: `sha256:${hex}`, size: 1};
      const layers = [{...fine, ...fields}];
      const image = {schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: fine, layers};
      const dev = await holding(image);
      await expectRefused(dev, /invalid descriptor in layers\[0\]/, 'invalid-descriptor');
      const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: layers};
      const other = await holding(index, mediaTypes.ociIndex);
      await expectRefused(other, /invalid descriptor in manifests\[0\]/, 'invalid-descriptor');
      for (const {registry} of [dev, other]) expect(registry.log.requests()).to.have.length(1);
    });
  }

  it('refuses a subject whose digest would lead elsewhere', async () => {
    const config = {mediaType: 'a/b', digest: `sha256:${hex}`, size: 1};
    const subject = {digest: 'sha256:../../x', mediaType: mediaTypes.ociManifest, size: 1};
    const dev = await holding({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [],
      subject,
    });
    await expectRefused(dev, /invalid descriptor in subject/, 'invalid-descriptor');
  });

  for (const text of [
    '\ufeff{"schemaVersion":2,"config":{},"layers":[]}',
    '',
    'null',
    '[]',
    '{"schemaVersion":2',
    '<html></html>',
  ]) {
    it(`refuses ${JSON.stringify(text)} as a manifest`, async () => {
      await expectRefused(await holding(text), /no JSON object/, 'invalid-manifest');
    });
  }
});
