import {expect} from 'chai';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {asSubject, pushArtifact, pushImage, pushIndex, takeAnyManifest} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {
  expectPromoted,
  pushBytes,
  repositoryOf,
  sitesOfTest,
  storeOf,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

describe('an image that refers to another one, promoted to a registry without the referrers API,', () => {
  const sites = sitesOfTest();

  async function world() {
    const [dev, eu] = [await sites.source(), await sites.destination('prod-eu', {referrers: false})];
    const subject = await pushImage(dev.registry, repositoryOf(dev), 'subject', {seed: 'subject'});
    const tag = subject.digest.replace(':', '-');
    return {dev, eu, subject, tag};
  }

  async function entriesOf(site: TestSite, tag: string): Promise<unknown> {
    const manifest = await storeOf(site).manifest(tag);
    expect(manifest?.mediaType).to.equal(mediaTypes.ociIndex);
    const document = JSON.parse(manifest!.bytes.toString()) as Record<string, unknown>;
    expect(document).to.include({schemaVersion: 2, mediaType: mediaTypes.ociIndex});
    return document.manifests;
  }

  it('is listed under the tag of its subject, with artifact type and annotations, once, however often it is promoted', async () => {
    const {dev, eu, subject, tag} = await world();
    const annotations = {'org.opencontainers.image.created': '2026-01-01T00:00:00Z', note: 'ä'};
    const sbom = await pushArtifact(dev.registry, repositoryOf(dev), '1.0.0', {
      artifactType: 'application/vnd.example.sbom',
      annotations,
      subject: asSubject(subject),
    });
    await promoteForTest({from: dev, to: [eu]});
    await expectPromoted(dev, sbom.digest, eu);
    const {mediaType, digest, size} = sbom;
    const entry = {mediaType, digest, size, artifactType: 'application/vnd.example.sbom', annotations};
    expect(await entriesOf(eu, tag)).to.deep.equal([entry]);
    await storeOf(eu).deleteTag('1.0.0');
    await promoteForTest({from: dev, to: [eu]});
    expect(await entriesOf(eu, tag)).to.deep.equal([entry]);
  });

  it('may leave out how large its subject is, which need not be there itself', async () => {
    const {dev, eu, subject, tag} = await world();
    const {document} = await pushArtifact(dev.registry, repositoryOf(dev));
    const bare = {mediaType: subject.mediaType, digest: subject.digest};
    const bytes = Buffer.from(JSON.stringify({...document, subject: bare}));
    const digest = await pushBytes(dev, bytes, mediaTypes.ociManifest);
    // the built-in registry wants a size
    eu.registry.faults.add(takeAnyManifest(eu.registry));
    await promoteForTest({from: dev, to: [eu]});
    expect(await tagOf(eu)).to.equal(digest);
    expect(((await entriesOf(eu, tag)) as {digest: string}[]).map((entry) => entry.digest)).to.deep.equal([
      digest,
    ]);
    expect(await storeOf(eu).manifest(subject.digest)).to.equal(undefined);
  });

  it("has its config's media type for artifact type when it names none", async () => {
    const {dev, eu, subject, tag} = await world();
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {subject: asSubject(subject)});
    await promoteForTest({from: dev, to: [eu]});
    const [entry] = (await entriesOf(eu, tag)) as {artifactType: string}[];
    expect(entry!.artifactType).to.equal('application/vnd.oci.image.config.v1+json');
  });

  it('is added to what is listed there already', async () => {
    const {dev, eu, subject, tag} = await world();
    const known = await pushArtifact(eu.registry, repositoryOf(eu), undefined, {seed: 'known', layers: 1});
    const {mediaType, digest, size} = known;
    const entry = {
      mediaType,
      digest,
      size,
      artifactType: 'application/x-known',
      annotations: {a: 'b'},
      extra: [1],
    };
    const index = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [entry],
      annotations: {keep: 'me'},
    };
    await pushBytes(eu, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex, tag);
    const added = await pushArtifact(dev.registry, repositoryOf(dev), '1.0.0', {subject: asSubject(subject)});
    await promoteForTest({from: dev, to: [eu]});
    const entries = (await entriesOf(eu, tag)) as {digest: string}[];
    expect(entries[0]).to.deep.equal(entry);
    expect(entries.map((one) => one.digest)).to.deep.equal([digest, added.digest]);
    const now = JSON.parse((await storeOf(eu).manifest(tag))!.bytes.toString()) as Record<string, unknown>;
    expect(now.annotations).to.deep.equal({keep: 'me'});
  });

  it('leaves an image that has the tag alone, and says so', async () => {
    const {dev, eu, subject, tag} = await world();
    const image = await pushImage(eu.registry, repositoryOf(eu), tag, {seed: 'in the way'});
    await pushArtifact(dev.registry, repositoryOf(dev), '1.0.0', {subject: asSubject(subject)});
    const {report, destination} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error?.message).to.include(tag).and.include('no index of referrers');
    expect(await tagOf(eu, tag)).to.equal(image.digest);
  });

  it('is not tagged before it is listed, and listed by the next run when that failed', async () => {
    const {dev, eu, subject, tag} = await world();
    const sbom = await pushArtifact(dev.registry, repositoryOf(dev), '1.0.0', {subject: asSubject(subject)});
    const refusal = eu.registry.faults.add({
      method: 'PUT',
      path: new RegExp(`/manifests/${tag}`),
      action: {status: 403},
    });
    const first = await promoteForTest({from: dev, to: [eu]});
    expect(first.report.exitCode).to.equal(1);
    expect(await tagOf(eu)).to.equal(undefined);
    refusal.remove();
    const second = await promoteForTest({from: dev, to: [eu]});
    expect(second.report.exitCode).to.equal(0);
    expect(((await entriesOf(eu, tag)) as {digest: string}[]).map(({digest}) => digest)).to.deep.equal([
      sbom.digest,
    ]);
  });

  it('as the child of an index is listed too, and two that refer to one subject do not lose each other', async () => {
    const {dev, eu, subject, tag} = await world();
    const children = [];
    for (const seed of ['one', 'two', 'three']) {
      children.push(
        await pushArtifact(dev.registry, repositoryOf(dev), undefined, {
          seed,
          layers: 1,
          subject: asSubject(subject),
        }),
      );
    }
    await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {platforms: [], children});
    await promoteForTest({from: dev, to: [eu]});
    const entries = (await entriesOf(eu, tag)) as {digest: string}[];
    expect(entries.map(({digest}) => digest).sort()).to.deep.equal(children.map(({digest}) => digest).sort());
  });

  it('as the child of an index is listed by the next run when a run ended between writing it and listing it', async () => {
    const {dev, eu, subject, tag} = await world();
    const child = await pushArtifact(dev.registry, repositoryOf(dev), undefined, {
      subject: asSubject(subject),
    });
    await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {platforms: [], children: [child]});
    const unlisted = eu.registry.faults.add({
      method: 'PUT',
      path: new RegExp(`/manifests/${tag}`),
      action: {status: 403},
    });
    await promoteForTest({from: dev, to: [eu]});
    expect(await storeOf(eu).manifest(child.digest)).to.exist;
    expect(await tagOf(eu)).to.equal(undefined);
    unlisted.remove();
    const {report} = await promoteForTest({from: dev, to: [eu]});
    expect(report.exitCode).to.equal(0);
    expect(((await entriesOf(eu, tag)) as {digest: string}[]).map(({digest}) => digest)).to.deep.equal([
      child.digest,
    ]);
  });

  it('is left to the registry where that keeps track of subjects', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const subject = await pushImage(dev.registry, repositoryOf(dev), 'subject', {seed: 'subject'});
    await pushArtifact(dev.registry, repositoryOf(dev), '1.0.0', {subject: asSubject(subject)});
    await promoteForTest({from: dev, to: [eu]});
    expect(await storeOf(eu).tags()).to.deep.equal(['1.0.0']);
  });
});
