import {expect} from 'chai';
import {
  asSubject,
  expectSameContent,
  pushArtifact,
  pushIndex,
  registriesOfTest,
  tagged,
  type FaultAction,
  type TestRegistry,
} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {randomFrom} from '../../support/random.ts';

const unavailable = JSON.stringify({errors: [{code: 'UNAVAILABLE', message: 'try again'}]});

/** Ten ways in which a request may fail without anything being wrong for good. */
const ways: {when?: 'before' | 'after'; action: FaultAction}[] = [
  {action: {status: 500}},
  {action: {status: 502, headers: {'content-type': 'text/html'}, body: '<h1>Bad Gateway</h1>'}},
  {action: {status: 503, headers: {'retry-after': '0'}, body: unavailable}},
  {action: {status: 429}},
  {action: {reset: true}},
  {when: 'after', action: {reset: true}},
  {action: {reset: {afterRequestBytes: 100}}},
  {action: {reset: {afterResponseBytes: 10}}},
  {action: {truncate: 20, declareLength: true}},
  {action: {status: 504, afterRequestBytes: 500}},
];

/** Fails three requests of ten, each in one of the ways. */
function disturb(registry: TestRegistry, random: () => number): void {
  const chosen = new WeakMap<object, number>();
  ways.forEach((way, i) => {
    registry.faults.add({
      ...way,
      match: (exchange) => {
        if (!chosen.has(exchange))
          chosen.set(exchange, random() < 0.3 ? Math.floor(random() * ways.length) : -1);
        return chosen.get(exchange) === i;
      },
    });
  });
}

// CORECTL_CHAOS_SEEDS=20 is enough while working on something else
const seeds = Number(process.env.CORECTL_CHAOS_SEEDS ?? '200');

describe(`with three of ten requests failing in one of ten ways (${seeds} seeds)`, function () {
  this.timeout(600_000);
  const registries = registriesOfTest();

  it('a promotion to two environments succeeds, byte for byte, signatures included', async () => {
    const [from, to] = ['tenant/payments/extended-test', 'tenant/payments/prod'];
    for (let seed = 1; seed <= seeds; seed += 1) {
      const world = [
        await registries.start(),
        await registries.start(),
        await registries.start({referrers: false}),
      ] as const;
      const [dev, eu, us] = world;
      const image = await pushIndex(dev, `${from}/app`, '1.0.0', {
        layers: 2,
        layerSize: 3000,
        attestation: true,
      });
      await pushArtifact(dev, `${from}/app`, undefined, {subject: asSubject(image)});
      const random = randomFrom(seed);
      for (const registry of world) disturb(registry, random);
      const {report} = await promoteForTest({
        from: {name: 'dev', registry: dev, path: from},
        to: [
          {name: 'prod-eu', registry: eu, path: to},
          {name: 'prod-us', registry: us, path: to},
        ],
        retries: {delay: 1, attempts: 12},
      });
      expect(
        report.exitCode,
        `seed ${seed}: ${JSON.stringify(report.error ?? report.images[0]!.destinations.map(({error}) => error))}`,
      ).to.equal(0);
      for (const registry of [eu, us]) {
        expect(await tagged(registry, `${to}/app`, '1.0.0'), `seed ${seed}`).to.equal(image.digest);
        await expectSameContent(dev, `${from}/app`, image.digest, registry, `${to}/app`);
      }
      await Promise.all(world.map((registry) => registry.close()));
    }
  });
});
