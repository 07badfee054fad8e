import {expect} from 'chai';
import {addToReferrersTag, referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {resolveManifest} from '../../../src/lib/distribution/manifests.ts';
import {listReferrers} from '../../../src/lib/distribution/referrers.ts';
import {RepositoryStore} from '../../../src/lib/registry/repository-store.ts';
import {
  asSubject,
  expectSameContent,
  invariants,
  pushArtifact,
  pushImage,
  pushIndex,
  registriesOfTest,
  type PushedManifest,
  type TestRegistry,
} from '../../support/registry.ts';
import {
  promoteForTest,
  sessionWith,
  type PromotionOfTest,
  type PromotionResult,
} from '../../support/promotion.ts';

const from = 'tenant/payments/extended-test';
const to = 'tenant/payments/prod';
const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';

describe('what belongs to an image', () => {
  const registries = registriesOfTest();

  function promote(
    dev: TestRegistry,
    eu: TestRegistry,
    options: Partial<PromotionOfTest> = {},
  ): Promise<PromotionResult> {
    return promoteForTest({
      from: {name: 'dev', registry: dev, path: from},
      to: [{name: 'prod-eu', registry: eu, path: to}],
      ...options,
    });
  }

  const store = (registry: TestRegistry, path = to): RepositoryStore =>
    new RepositoryStore(registry.storage, `${path}/app`);

  /** An image signed in all the ways that there are: returns what should be found at a destination. */
  async function signed(
    dev: TestRegistry,
  ): Promise<{image: PushedManifest; referrers: PushedManifest[]; tags: string[]}> {
    const repository = `${from}/app`;
    const image = await pushIndex(dev, repository, '1.0.0', {attestation: true});
    const child = image.children[1]!;
    const signature = await pushArtifact(dev, repository, undefined, {
      subject: asSubject(image),
      artifactType: bundle,
      seed: 'signature',
    });
    const ofChild = await pushArtifact(dev, repository, undefined, {
      subject: asSubject(child),
      artifactType: bundle,
      seed: 'child',
    });
    const sbom = await pushArtifact(dev, repository, undefined, {
      subject: asSubject(image),
      artifactType: 'application/spdx+json',
      seed: 'sbom',
    });
    const ofSbom = await pushArtifact(dev, repository, undefined, {
      subject: asSubject(sbom),
      artifactType: bundle,
      seed: 'of sbom',
    });
    const tags = [
      `${referrersTag(image.digest)}.sig`,
      `${referrersTag(image.digest)}.att`,
      `${referrersTag(child.digest)}.sig`,
    ];
    for (const tag of tags) await pushImage(dev, repository, tag, {seed: tag, layers: 1});
    return {image, referrers: [signature, ofChild, sbom, ofSbom], tags};
  }

  for (const [name, sides] of Object.entries({
    'both registries have the referrers API': [true, true],
    'only the source has it': [true, false],
    'only the destination has it': [false, true],
    'neither has it': [false, false],
  })) {
    it(`travels with it when ${name}: signatures, attestations and SBOMs of the index and its children, and theirs`, async () => {
      const [dev, eu] = [
        await registries.start({referrers: sides[0]!}),
        await registries.start({referrers: sides[1]!}),
      ];
      const {image, referrers, tags} = await signed(dev);
      if (!sides[0]) await keepReferrersTags(dev, referrers);
      const {destination} = await promote(dev, eu);
      expect(destination('prod-eu').status).to.equal('promoted');
      expect(destination('prod-eu').referrers).to.deep.equal({total: 7, copied: 7});
      for (const one of referrers) await expectSameContent(dev, `${from}/app`, one.digest, eu, `${to}/app`);
      for (const tag of tags) {
        expect((await store(eu).manifest(tag))?.digest, tag).to.equal(
          (await store(dev, from).manifest(tag))?.digest,
        );
      }
      expect(await listed(eu, image)).to.have.members([referrers[0]!.digest, referrers[2]!.digest]);
      expect(await listed(eu, referrers[2]!)).to.deep.equal([referrers[3]!.digest]);
      await invariants([dev, eu]);
    });
  }

  it('is in place before the tag is written', async () => {
    const [dev, eu] = [await registries.start(), await registries.start()];
    await signed(dev);
    await promote(dev, eu);
    const writes = eu.log.requests({method: 'PUT', path: /\/manifests\//});
    expect(writes.at(-1)!.url).to.match(/\/manifests\/1\.0\.0$/);
  });

  it('that cannot be written leaves the tag unwritten', async () => {
    const [dev, eu] = [await registries.start(), await registries.start()];
    await signed(dev);
    eu.faults.add({method: 'PUT', path: /\.sig$/, action: {status: 403}});
    const {report} = await promote(dev, eu);
    expect(report.exitCode).to.equal(1);
    expect(await store(eu).manifest('1.0.0')).to.equal(undefined);
  });

  it('and appeared after a promotion is added by the next one, which leaves the image alone', async () => {
    const [dev, eu] = [await registries.start(), await registries.start()];
    const image = await pushImage(dev, `${from}/app`, '1.0.0');
    await promote(dev, eu);
    await pushArtifact(dev, `${from}/app`, undefined, {subject: asSubject(image), artifactType: bundle});
    eu.log.clear();
    const {destination} = await promote(dev, eu);
    expect(destination('prod-eu')).to.deep.include({status: 'promoted', referrers: {total: 1, copied: 1}});
    expect(await listed(eu, image)).to.have.length(1);
    expect(eu.log.requests({method: 'PUT', path: /manifests\/1\.0\.0$/})).to.have.length(0);
    const again = await promote(dev, eu);
    expect(again.destination('prod-eu')).to.deep.include({
      status: 'up-to-date',
      referrers: {total: 1, copied: 0},
    });
  });

  it('stays behind with referrers switched off', async () => {
    const [dev, eu] = [await registries.start(), await registries.start()];
    const {image} = await signed(dev);
    const {destination} = await promote(dev, eu, {referrers: false});
    expect(destination('prod-eu')).to.deep.include({status: 'promoted', referrers: {total: 0, copied: 0}});
    expect(await listed(eu, image)).to.have.length(0);
    expect(dev.log.requests({path: /referrers|sha256-/})).to.have.length(0);
  });

  it('does not replace signatures that the destination added itself', async () => {
    const [dev, eu] = [await registries.start(), await registries.start()];
    const {tags} = await signed(dev);
    const own = await pushImage(eu, `${to}/app`, tags[0], {seed: 'own'});
    const {destination, events} = await promote(dev, eu);
    expect(destination('prod-eu').status).to.equal('promoted');
    expect((await store(eu).manifest(tags[0]!))?.digest).to.equal(own.digest);
    expect(events.filter(({kind}) => kind === 'warning')).to.have.length(1);
  });

  it('does not replace a signature that someone else adds meanwhile', async () => {
    const [dev, eu] = [await registries.start(), await registries.start()];
    const {tags} = await signed(dev);
    const own = await pushImage(eu, `${to}/app`, undefined, {seed: 'own'});
    eu.faults.add({
      method: 'PUT',
      path: /\/blobs\/uploads\//,
      times: 1,
      action: {
        intercept: async (exchange, next) => {
          await store(eu).tag(tags[0]!, own.digest);
          return next(exchange);
        },
      },
    });
    const {destination, report} = await promote(dev, eu);
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').error).to.include({code: 'tag-changed'});
    expect((await store(eu).manifest(tags[0]!))?.digest).to.equal(own.digest);
    expect(await store(eu).manifest('1.0.0')).to.equal(undefined);
  });

  it('is never silently left out: a list that fails stops the run', async () => {
    const [dev, eu] = [await registries.start(), await registries.start()];
    await signed(dev);
    dev.faults.add({path: /\/referrers\//, action: {status: 503}});
    const {report} = await promote(dev, eu, {retries: {attempts: 2}});
    expect(report.exitCode).to.equal(5);
    expect(await store(eu).manifest('1.0.0')).to.equal(undefined);
  });

  it('that a registry refuses to list is told', async () => {
    const [dev, eu] = [await registries.start(), await registries.start()];
    await pushImage(dev, `${from}/app`, '1.0.0');
    dev.faults.add({path: /\/referrers\//, action: {status: 403}});
    const {destination, events} = await promote(dev, eu);
    expect(destination('prod-eu').status).to.equal('promoted');
    expect(JSON.stringify(events.filter(({kind}) => kind === 'warning'))).to.include(
      'does not tell what refers to it',
    );
  });

  it('in a circle ends', async () => {
    const [dev, eu] = [await registries.start(), await registries.start()];
    const child = await pushImage(dev, `${from}/app`, undefined);
    const signature = await pushArtifact(dev, `${from}/app`, undefined, {
      subject: asSubject(child),
      artifactType: bundle,
    });
    const image = await pushIndex(dev, `${from}/app`, '1.0.0', {children: [signature]});
    const {destination} = await promote(dev, eu);
    expect(destination('prod-eu').status).to.equal('promoted');
    await expectSameContent(dev, `${from}/app`, image.digest, eu, `${to}/app`);
  });

  async function listed(registry: TestRegistry, subject: PushedManifest): Promise<string[]> {
    const session = sessionWith({name: 'any', registry, path: to}, 'app');
    return (await listReferrers(session, subject.digest)).descriptors.map(({digest}) => digest);
  }

  /** What a client leaves at a registry without the API. */
  async function keepReferrersTags(
    registry: TestRegistry,
    referrers: readonly PushedManifest[],
  ): Promise<void> {
    const session = sessionWith({name: 'any', registry, path: from}, 'app');
    for (const {digest} of referrers) {
      const manifest = await resolveManifest(session, digest);
      await addToReferrersTag(session, manifest.subject!.digest, [manifest]);
    }
    registry.log.clear();
  }
});
