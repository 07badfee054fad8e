import {expect} from 'chai';
import {invariants, pushImage, pushIndex, type FaultAction} from '../../support/registry.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {
  besides,
  expectPromoted,
  repositoryOf,
  sitesOfTest,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

const upload = {method: 'PUT', path: /\/blobs\/uploads\//} as const;
const read = {method: 'GET', path: /\/blobs\//} as const;
const layerSize = 8_000_000;

describe('of three destinations, one that', function () {
  this.timeout(120_000);
  const sites = sitesOfTest();

  async function world() {
    const dev = await sites.source();
    const to = [
      await sites.destination('prod-eu'),
      await sites.destination('prod-us'),
      await sites.destination('prod-asia'),
    ] as const;
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 2, layerSize});
    return {dev, to, image};
  }

  /** How long all of them take when nothing is wrong, on a machine as busy as it is now. */
  async function undisturbed({dev}: {dev: TestSite}): Promise<number> {
    const names = ['prod-eu', 'prod-us', 'prod-asia'];
    const to = await Promise.all(names.map((name) => sites.destination(name)));
    const {report, destination} = await promoteForTest({from: dev, to});
    expect(report.exitCode).to.equal(0);
    return Math.max(...names.map((name) => destination(name).durationMs));
  }

  const bad: Record<string, FaultAction> = {
    'resets the connection half-way': {reset: {afterRequestBytes: layerSize / 2}},
    'answers 500 before it reads': {status: 500},
    refuses: {status: 403},
    'stops reading': {stall: 'request', afterBytes: 1_000_000},
  };
  for (const [how, action] of Object.entries(bad)) {
    it(`${how} neither holds up nor fails the others, and the run says which it was`, async function () {
      // on a busy machine a good one may fall behind by the clock, and read once more
      this.retries(2);
      const {dev, to, image} = await world();
      const [eu, us, asia] = to;
      us.registry.faults.add({...upload, action});
      const {report, destination, events} = await promoteForTest({
        from: dev,
        to,
        limits: {idle: 1500, commit: 1500, answer: 1500},
        retries: {attempts: 2},
      });
      expect(report.exitCode).to.equal(1);
      expect(to.map(({name}) => destination(name).status)).to.deep.equal(['promoted', 'failed', 'promoted']);
      for (const site of [eu, asia]) await expectPromoted(dev, image.digest, site);
      expect(await tagOf(us)).to.equal(undefined);
      expect(destination('prod-us').error?.message).to.include('prod-us');
      // whoever keeps silent is still being waited for when the others are done
      const done = events.filter((event) => event.kind === 'done').map(({environment}) => environment);
      if ('stall' in action) expect(done.at(-1)).to.equal('prod-us');
      for (const site of [eu, asia])
        expect(site.registry.log.requests({...upload, status: 201})).to.have.length(3);
      // once for all, and again for the attempts of the bad one
      expect(dev.registry.log.requests(read).length).to.be.at.most(3 + 3);
    });
  }

  it('is throttled does not slow the others down, and is served in the end', async function () {
    this.retries(2); // as above
    const {dev, to, image} = await world();
    const [eu, us, asia] = to;
    // where the others take long themselves, slow is slower than that
    const throttle = Math.min(3_000_000, layerSize / ((2 * (await undisturbed({dev}))) / 1000));
    us.registry.faults.add({...upload, action: {throttle, side: 'request'}});
    dev.registry.log.clear();
    const {report, destination} = await promoteForTest({from: dev, to});
    expect(report.exitCode).to.equal(0);
    for (const site of to) await expectPromoted(dev, image.digest, site);
    const slow = destination('prod-us').durationMs;
    for (const site of [eu, asia]) expect(destination(site.name).durationMs).to.be.lessThan(slow - 300);
    // once for all, and once for the one that was let go
    expect(dev.registry.log.requests(read).length).to.be.at.most(3 + 3);
    await invariants([dev.registry, ...to.map(({registry}) => registry)]);
  });

  it('answers for none of many small layers until the others have their tags is served in the end', async function () {
    this.retries(2); // as above
    const {to, dev} = await world();
    const [eu, us, asia] = to;
    const {digest} = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 40, layerSize: 1000});
    const tagged = {method: 'PUT', path: /\/manifests\/1\.0\.0$/, status: 201};
    // the run would never end if they waited for it
    const others = Promise.all([eu, asia].map(({registry}) => registry.log.until(tagged)));
    us.registry.faults.add({...upload, action: {delayUntil: others}});
    const {report} = await promoteForTest({from: dev, to});
    expect(report.exitCode).to.equal(0);
    for (const site of to) await expectPromoted(dev, digest, site);
    // once for all, and once for the one that was let go
    expect(dev.registry.log.requests(read).length).to.be.at.most(2 * 41);
    await invariants([dev.registry, ...to.map(({registry}) => registry)]);
  });

  it('takes everything and never answers is believed as far as what it took is there', async () => {
    const {dev, to, image} = await world();
    const [, us] = to;
    us.registry.faults.add({...upload, action: {stall: 'response'}});
    const {report} = await promoteForTest({from: dev, to, limits: {commit: 200}});
    expect(report.exitCode).to.equal(0);
    for (const site of to) await expectPromoted(dev, image.digest, site);
  });

  it('heals is served in the end', async () => {
    const {dev, to, image} = await world();
    const [, us] = to;
    us.registry.faults.add({...upload, times: 2, action: {reset: {afterRequestBytes: 2_000_000}}});
    const {report} = await promoteForTest({from: dev, to});
    expect(report.exitCode).to.equal(0);
    for (const site of to) await expectPromoted(dev, image.digest, site);
    await invariants([dev.registry, ...to.map(({registry}) => registry)]);
  });
});

describe('a run of several images and destinations', () => {
  const sites = sitesOfTest();

  it('fails when one cell fails, and reports the three that did not', async () => {
    const [dev, eu, us] = [
      await sites.source(),
      await sites.destination(),
      await sites.destination('prod-us'),
    ];
    await pushImage(dev.registry, `${dev.path}/app`, '1', {seed: 'app'});
    await pushImage(dev.registry, `${dev.path}/worker`, '1', {seed: 'worker'});
    us.registry.faults.add({method: 'PUT', path: /\/worker\/manifests\/1$/, action: {status: 403}});
    // the good image comes last
    const {report} = await promoteForTest({from: dev, to: [us, eu], images: ['worker:1', 'app:1']});
    expect(report).to.include({ok: false, exitCode: 1});
    const cells = report.images.flatMap(({image, destinations}) =>
      destinations.map(({environment, status}) => `${image} ${environment} ${status}`),
    );
    expect(cells).to.deep.equal([
      'worker:1 prod-us failed',
      'worker:1 prod-eu promoted',
      'app:1 prod-us promoted',
      'app:1 prod-eu promoted',
    ]);
  });

  it('with --all-or-nothing writes no tag anywhere when one destination fails', async () => {
    const [dev, eu, us] = [
      await sites.source(),
      await sites.destination(),
      await sites.destination('prod-us'),
    ];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    us.registry.faults.add({...upload, action: {status: 403}});
    const {report, destination} = await promoteForTest({from: dev, to: [eu, us], allOrNothing: true});
    expect(report.exitCode).to.equal(1);
    expect(destination('prod-eu').status).to.equal('skipped');
    for (const site of [eu, us]) expect(await tagOf(site)).to.equal(undefined);
  });

  it('comes to its end with one blob at a time, indexes within indexes and ten images', async () => {
    const [dev, eu, us] = [
      await sites.source(),
      await sites.destination(),
      await sites.destination('prod-us'),
    ];
    const asia = besides(eu, 'prod-asia', 'tenant/payments/asia');
    const images = Array.from({length: 10}, (_, i) => `app:${i}`);
    for (const [i] of images.entries()) {
      await pushIndex(dev.registry, repositoryOf(dev), String(i), {
        seed: i % 3,
        nested: 3,
        layers: 1,
        layerSize: 100,
      });
    }
    const {report} = await promoteForTest({from: dev, to: [eu, us, asia], images, concurrency: 1});
    expect(report.exitCode).to.equal(0);
    expect(report.images.flatMap(({destinations}) => destinations)).to.have.length(30);
    await invariants([dev.registry, eu.registry, us.registry]);
  });

  it('reads a manifest once for all destinations', async () => {
    const [dev, eu, us] = [
      await sites.source(),
      await sites.destination(),
      await sites.destination('prod-us'),
    ];
    const index = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {attestation: true});
    await promoteForTest({from: dev, to: [eu, us]});
    const path = new RegExp(
      `/manifests/(?:1\\.0\\.0|${index.children.map(({digest}) => digest).join('|')})$`,
    );
    expect(dev.registry.log.requests({method: 'GET', path})).to.have.length(4);
  });
});
