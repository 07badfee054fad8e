// A stage that demands proof: what is not shown is refused before anything is written.
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {reportSchema} from '../../src/lib/promotion/report.ts';
import {promotionPredicate} from '../../src/lib/record/promotion.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, pushIndex, startTestRegistry, tagged, type TestRegistry} from '../support/registry.ts';
import {attest, signImage, testKey} from '../support/signatures.ts';

const from = 'tenant/payments/extended-test/app';
const to = 'tenant/payments/prod/app';
const [build, pipeline] = [testKey(), testKey()];
const test = {type: 'https://example.com/test/v1', predicate: {result: 'PASSED'}};

const corectl = (rules: string) => `p2p:
  trust:
    build: {key: keys/build.pub}
    pipeline: {key: keys/pipeline.pub}
  extended-test: {default-envs: [dev]}
  prod:
    default-envs: [prod-eu]
    require:
${rules}
`;
const demanding = `      signed: build
      attested: {type: "https://example.com/test/v1", by: build, where: "predicate.result == 'PASSED'"}
      promoted: pipeline
      soaked: 24h`;

const record = {
  type: promotionPredicate,
  predicate: {
    tenant: 'payments',
    image: 'app',
    tags: ['1.0.0'],
    fromStage: 'fast-feedback',
    source: {environment: 'dev', stage: 'fast-feedback', name: 'dev/app'},
    destinations: [{environment: 'dev', stage: 'extended-test', name: 'dev/app'}],
    policy: {results: []},
    startedAt: new Date(Date.now() - 25 * 3_600_000).toISOString(),
    promoter: {name: 'corectl', version: '1.0.0'},
  },
};

describe('corectl p2p promote to a stage that demands proof', function () {
  this.timeout(120_000);
  let registries: Record<'dev' | 'eu', TestRegistry>;
  let home: PromotionHome;

  beforeEach(async () => {
    registries = {dev: await startTestRegistry(), eu: await startTestRegistry()};
  });
  afterEach(async () => {
    home.remove();
    await Promise.all(Object.values(registries).map((registry) => registry.close()));
  });

  const open = async (rules: string) => {
    const {dev, eu} = registries;
    home = await promotionHome({
      registries: {dev: dev.host, 'prod-eu': eu.host},
      stages: {},
      files: {
        'corectl.yaml': corectl(rules),
        'keys/build.pub': build.pem,
        'keys/pipeline.pub': pipeline.pem,
      },
    });
  };
  const promote = async (...args: string[]) => {
    const {code, stdout, stderr} = await home.corectl([
      ...['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments', '--from-stage', 'extended-test', '--json'],
      ...args,
    ]);
    return {code, report: reportSchema.parse(JSON.parse(stdout)), stderr};
  };
  const site = () => ({name: 'dev', registry: registries.dev, path: 'tenant/payments/extended-test'});
  const writes = () =>
    Object.values(registries).flatMap(({log}) =>
      log.requests().filter(({method}) => method !== 'GET' && method !== 'HEAD'),
    );

  it('refuses with every reason, and promotes once all is shown', async () => {
    await open(demanding);
    const {digest} = await pushIndex(registries.dev, from, '1.0.0');

    const reasons = async (...args: string[]) => {
      const {code, report} = await promote(...args);
      expect([code, report.ok, report.exitCode]).to.deep.equal([6, false, 6]);
      expect(report.images[0]?.digest).to.equal(digest);
      expect(report.images[0]?.destinations[0]?.status).to.equal(
        args.length > 0 ? 'would-promote' : 'skipped',
      );
      return report.error!.suggestions.map((one) =>
        /corectl\.yaml:(\d+):\d+ \S+: (\w+)/.exec(one)!.slice(1).join(' '),
      );
    };
    const all = ['9 signed', '10 attested', '11 promoted', '12 soaked'];
    expect(await reasons()).to.deep.equal(all);
    expect(await reasons('--dry-run')).to.deep.equal(all);
    await signImage(site(), digest, {key: build, form: 'bundle'});
    expect(await reasons()).to.deep.equal(all.slice(1));
    await attest(site(), digest, {key: build, ...test});
    expect(await reasons()).to.deep.equal(all.slice(2));
    expect(writes()).to.deep.equal([]);
    await attest(site(), digest, {key: pipeline, ...record, form: 'bundle'});
    const preview = await promote('--dry-run');
    expect([preview.code, preview.report.images[0]?.destinations[0]?.status]).to.deep.equal([
      0,
      'would-promote',
    ]);

    const {code, report} = await promote();
    expect([code, report.images[0]?.destinations[0]?.status]).to.deep.equal([0, 'promoted']);
    expect(await tagged(registries.eu, to, '1.0.0')).to.equal(digest);
  });

  it('shows beforehand what is demanded and what is shown, with p2p verify', async () => {
    await open(demanding);
    const {digest} = await pushIndex(registries.dev, from, '1.0.0');
    await signImage(site(), digest, {key: build});
    const verify = (...args: string[]) =>
      home.corectl(['p2p', 'verify', 'app:1.0.0', '--tenant', 'payments', ...args]);
    const shown = await verify('--stage', 'prod');
    expect(shown.code).to.equal(6);
    expect(shown.stdout).to.match(/app:1\.0\.0 +shown +signed: build +corectl\.yaml:9 +signed by build/);
    expect(shown.stdout).to.match(/missing +soaked: 24h +corectl\.yaml:12 +no record of a promotion; wanted/);
    const {images} = JSON.parse((await verify('--stage', 'prod', '--json')).stdout) as {
      images: {digest: string; satisfied: boolean; results: {rule: string; at: string; passed: boolean}[]}[];
    };
    expect(images[0]).to.include({digest, satisfied: false});
    expect(images[0]?.results.map(({passed}) => passed)).to.deep.equal([true, false, false, false]);
    expect(images[0]?.results.map(({at}) => at)).to.include('corectl.yaml:9');
    expect((await verify('--stage', 'extended-test')).code).to.equal(2);
    const unnamed = await home.corectl(['p2p', 'verify', 'app:1.0.0', '--tenant', '', '--stage', 'prod']);
    expect(unnamed.code).to.equal(2);
    expect(unnamed.stderr).to.include('--tenant is empty');
    expect(writes()).to.deep.equal([]);
    await attest(site(), digest, {key: build, ...test});
    await attest(site(), digest, {key: pipeline, ...record});
    expect((await verify('--stage', 'prod')).code).to.equal(0);
  });

  it('tells what is not shown where that is to warn, and promotes', async () => {
    await open(`      mode: warn\n${demanding}`);
    await pushIndex(registries.dev, from, '1.0.0');
    const {code, stderr} = await promote();
    expect(code).to.equal(0);
    expect(stderr).to.match(/warning: .*corectl\.yaml:10:\d+ .*: signed: build: found no signature; wanted/);
  });

  it('refuses by a policy that is misspelt', async () => {
    await open('      singed: build');
    await pushIndex(registries.dev, from, '1.0.0');
    const {code, report} = await promote();
    expect(code).to.equal(6);
    expect(report.error?.suggestions.join()).to.contain('"singed" (did you mean signed?)');
    expect(await tagged(registries.eu, to, '1.0.0')).to.equal(undefined);
  });

  it('promotes what was judged, although the tag moves in between', async () => {
    await open('      signed: build');
    const {digest} = await pushIndex(registries.dev, from, '1.0.0');
    await signImage(site(), digest, {key: build});
    const evil = await pushIndex(registries.dev, from, '6.6.6', {seed: 'evil'});
    // the tag is asked for by name once; what comes after that is the other image
    registries.dev.faults.add({
      path: /\/manifests\/1\.0\.0$/,
      skip: 1,
      action: {status: 200, headers: {'content-type': evil.mediaType}, body: evil.bytes},
    });
    const {code, report} = await promote();
    expect([code, report.images[0]?.digest]).to.deep.equal([0, digest]);
    expect(await tagged(registries.eu, to, '1.0.0')).to.equal(digest);
  });

  it('puts an image that is missing, and a tag that is another, before what is not shown', async () => {
    await open('      signed: build');
    expect((await promote()).code).to.equal(3);
    await pushIndex(registries.dev, from, '1.0.0');
    await pushImage(registries.eu, to, '1.0.0', {seed: 'other'});
    expect((await promote()).code).to.equal(4);
    expect((await promote('--overwrite')).code).to.equal(6);
  });

  it('ends with 5 where referrers answer 500', async () => {
    await open('      signed: build');
    const {digest} = await pushIndex(registries.dev, from, '1.0.0');
    await signImage(site(), digest, {key: build});
    registries.dev.faults.add({path: /\/referrers\//, action: {status: 500}});
    const {code} = await promote();
    expect(code).to.equal(5);
    expect(writes()).to.deep.equal([]);
  });

  it('tells what a registry means that keeps unsigned images back itself', async () => {
    await open('      signed: build');
    await pushIndex(registries.dev, from, '1.0.0');
    registries.dev.faults.add({path: /\/manifests\/1\.0\.0$/, action: {status: 412}});
    const {code, stdout} = await home.corectl([
      ...['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments', '--from-stage', 'extended-test', '--json'],
    ]);
    expect(code).to.equal(5);
    expect(stdout).to.contain("the project's own policy keeps this image back");
  });

  it('holds for both registries given as well, with --policy', async () => {
    await open('      signed: build');
    const {digest} = await pushIndex(registries.dev, from, '1.0.0');
    writeFileSync(path.join(home.folder, 'build.pub'), build.pem);
    const file = path.join(home.folder, 'policy.yaml');
    writeFileSync(file, 'trust: {build: {key: build.pub}}\nrequire: {signed: build}\n');
    const {dev, eu} = registries;
    const given = (...more: string[]) =>
      home.corectl([
        ...['p2p', 'promote', 'app:1.0.0', '--source-registry', `${dev.host}/tenant/payments`],
        ...['--source-stage', 'extended-test', '--dest-registry', `${eu.host}/tenant/payments`],
        ...['--dest-stage', 'prod', ...more],
      ]);
    expect((await given('--policy', file)).code).to.equal(6);
    await signImage(site(), digest, {key: build});
    expect((await given('--policy', file)).code).to.equal(0);
    expect((await given('--policy', `${file}.absent`)).code).to.equal(2);
    // indented by too little, and misspelt
    for (const more of ['soaked: 24h', 'recrod: unsigned']) {
      writeFileSync(file, `trust: {build: {key: build.pub}}\nrequire: {signed: build}\n${more}\n`);
      const {code, stderr} = await given('--policy', file);
      expect(code).to.equal(2);
      expect(stderr).to.contain(`3:1 ${more.split(':')[0]}: expected no key but trust, require, record`);
    }
  });
});
