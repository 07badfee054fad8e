import {expect} from 'chai';
import {RepositoryStore} from '../../../src/lib/registry/repository-store.ts';
import {
  expectSameContent,
  invariants,
  pushImage,
  pushIndex,
  registriesOfTest,
  type FaultAction,
  type PushedManifest,
  type TestRegistry,
} from '../../support/registry.ts';
import {promoteForTest, type PromotionResult} from '../../support/promotion.ts';

const faults: Record<string, {when: 'before' | 'after'; action: FaultAction}> = {
  'answers 500': {when: 'before', action: {status: 500}},
  'answers 403': {when: 'before', action: {status: 403}},
  'is cut before it is read': {when: 'before', action: {reset: true}},
  'loses its answer': {when: 'after', action: {reset: true}},
};

describe('with each request to a destination failing, its tag is what it was or complete', function () {
  this.timeout(120_000);
  const registries = registriesOfTest();
  const from = 'tenant/payments/extended-test';
  const to = 'tenant/payments/prod';

  async function start(): Promise<{
    dev: TestRegistry;
    eu: TestRegistry;
    us: TestRegistry;
    image: PushedManifest;
    old: PushedManifest;
  }> {
    const [dev, eu, us] = [await registries.start(), await registries.start(), await registries.start()];
    const image = await pushIndex(dev, `${from}/app`, '1.0.0', {layers: 2, attestation: true});
    const old = await pushImage(eu, `${to}/app`, '1.0.0', {seed: 'old'});
    return {dev, eu, us, image, old};
  }

  function promote({dev, eu, us}: Record<'dev' | 'eu' | 'us', TestRegistry>): Promise<PromotionResult> {
    return promoteForTest({
      from: {name: 'dev', registry: dev, path: from},
      to: [
        {name: 'prod-eu', registry: eu, path: to},
        {name: 'prod-us', registry: us, path: to},
      ],
      overwrite: true,
      retries: {delay: 1, attempts: 3},
    });
  }

  async function tagOf(registry: TestRegistry): Promise<string | undefined> {
    return (await new RepositoryStore(registry.storage, `${to}/app`).manifest('1.0.0'))?.digest;
  }

  async function requestsOfOneRun(): Promise<number> {
    const world = await start();
    await promote(world);
    return world.eu.log.requests().length;
  }

  for (const [name, fault] of Object.entries(faults)) {
    it(`a request that ${name} once`, async () => {
      const count = await requestsOfOneRun();
      expect(count).to.be.greaterThan(20);
      for (let skip = 0; skip < count; skip += 1) {
        const world = await start();
        const {dev, eu, us, image, old} = world;
        eu.faults.add({...fault, skip, times: 1});
        const {destination, report} = await promote(world);
        const tag = await tagOf(eu);
        expect([old.digest, image.digest], `request ${skip}`).to.include(tag);
        if (tag === image.digest) await expectSameContent(dev, `${from}/app`, image.digest, eu, `${to}/app`);
        if (destination('prod-eu').status === 'promoted') expect(tag).to.equal(image.digest);
        else expect(report.exitCode).to.be.greaterThan(0);
        // a failure in the preflight stops all; later ones leave the other environment alone
        if (report.error === null)
          expect(await tagOf(us), `the other environment, request ${skip}`).to.equal(image.digest);
        // nobody can know of an upload whose beginning was never answered
        const unanswered = eu.log.requests()[skip]?.method === 'POST' && fault.when === 'after';
        if (!unanswered) await invariants([dev, eu, us]);
        await Promise.all([dev, eu, us].map((registry) => registry.close()));
      }
    });
  }

  it('a registry that stops answering for good at any request', async () => {
    const count = await requestsOfOneRun();
    for (let skip = 0; skip < count; skip += 1) {
      const world = await start();
      const {dev, eu, image, old} = world;
      eu.faults.add({skip, action: {reset: true}});
      await promote(world);
      const tag = await tagOf(eu);
      expect([old.digest, image.digest], `request ${skip}`).to.include(tag);
      if (tag === image.digest) await expectSameContent(dev, `${from}/app`, image.digest, eu, `${to}/app`);
      await Promise.all([world.dev, world.eu, world.us].map((registry) => registry.close()));
    }
  });
});
