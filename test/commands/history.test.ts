// What the records beside an image tell, and the way back that they know.
import {expect} from 'chai';
import type {Report} from '../../src/lib/promotion/report.ts';
import {promotionPredicate} from '../../src/lib/record/promotion.ts';
import {statusSchema} from '../../src/lib/status/report.ts';
import {recordedPromotion} from '../support/recorded-promotion.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushIndex, startTestRegistry, tagged, type TestRegistry} from '../support/registry.ts';
import {attest, testKey} from '../support/signatures.ts';

const [pipeline, build] = [testKey(), testKey()];
const repository = (stage: string, image: string) => `tenant/payments/${stage}/${image}`;
const settings = (record: string) => `p2p:
  record: ${record}
  trust: {pipeline: {key: keys/pipeline.pub}, build: {key: keys/build.pub}}
  fast-feedback: {default-envs: [dev]}
  extended-test: {default-envs: [dev]}
  prod: {default-envs: [prod-eu, prod-us], require: {promoted: pipeline}}
`;

/** Registries and a home whose promotions leave such records. */
async function opened(record: string) {
  const registries: Record<'dev' | 'eu' | 'us', TestRegistry> = {
    dev: await startTestRegistry(),
    eu: await startTestRegistry(),
    us: await startTestRegistry(),
  };
  const {dev, eu, us} = registries;
  const home: PromotionHome = await promotionHome({
    registries: {dev: dev.host, 'prod-eu': eu.host, 'prod-us': us.host},
    stages: {},
    files: {
      'corectl.yaml': settings(record),
      'keys/pipeline.pub': pipeline.pem,
      'keys/build.pub': build.pem,
    },
    consent: {'record-key': ['env://PIPELINE_KEY']},
  });
  const corectl = (...args: string[]) =>
    home.corectl(['p2p', ...args, '--tenant', 'payments'], {
      env: {PIPELINE_KEY: pipeline.privatePem, GITHUB_RUN_ID: '4711'},
    });
  const push = async (image: string, tag: string) => {
    const {digest} = await pushIndex(registries.dev, repository('fast-feedback', image), tag, {
      seed: `${image}:${tag}`,
    });
    return digest;
  };
  const promote = async (images: readonly string[], fromStage: string, ...args: string[]) => {
    const {code, stderr} = await corectl('promote', ...images, '--from-stage', fromStage, ...args);
    expect(code, stderr).to.equal(0);
  };
  const close = async () => {
    home.remove();
    await Promise.all(Object.values(registries).map((registry) => registry.close()));
  };
  return {registries, corectl, push, promote, close};
}

type World = Awaited<ReturnType<typeof opened>>;

interface Told {
  promotions: {digest: string; fromStage: string; verifiedBy: string | null; run?: {id: string}}[];
}

async function historyOf({corectl}: World, ...args: string[]) {
  const {code, stdout} = await corectl('history', ...args, '--json');
  expect(code).to.equal(0);
  return (JSON.parse(stdout) as Told).promotions;
}

describe('corectl p2p history and rollback', function () {
  this.timeout(180_000);
  let world: World;
  let registries: World['registries'];
  let corectl: World['corectl'];
  /** Of each test's image: what was 1.0.0, and what is 1.1.0 and latest. */
  const digests = new Map<string, readonly [first: string, second: string]>();

  before(async () => {
    world = await opened('{key: "env://PIPELINE_KEY"}');
    ({registries, corectl} = world);
    const images = ['app', 'chained', 'back', 'cleared', 'hotfixed', 'warned'];
    for (const image of images)
      digests.set(image, [await world.push(image, '1.0.0'), await world.push(image, '1.1.0')]);
    for (const tag of ['1.0.0', '1.1.0']) {
      const tagged = images.map((image) => `${image}:${tag}`);
      await world.promote(tagged, 'fast-feedback');
      await world.promote(tagged, 'extended-test', '--tag', 'latest');
    }
  });
  afterEach(() => {
    for (const {faults} of Object.values(registries)) faults.clear();
  });
  after(() => world.close());

  const latest = (image: string) =>
    Promise.all(
      [registries.eu, registries.us].map((one) => tagged(one, repository('prod', image), 'latest')),
    );

  it('is told by status of each place: verified, unverified, unrecorded', async () => {
    const states = async () => {
      const {code, stdout} = await corectl('status', 'app', '--json');
      expect(code).to.equal(0);
      const [image] = statusSchema.parse(JSON.parse(stdout)).images;
      return image!.cells.map(({environment, stage, record}) => `${stage} ${environment} ${record}`);
    };
    expect(await states()).to.deep.equal([
      'fast-feedback dev null',
      'extended-test dev verified',
      'prod prod-eu verified',
      'prod prod-us verified',
    ]);
    const other = await pushIndex(registries.us, repository('prod', 'app'), '2.0.0', {seed: 'other'});
    expect(digests.get('app')).to.not.include(other.digest);
    expect((await states()).at(-1)).to.equal('prod prod-us unrecorded');
    const site = {name: 'prod-us', registry: registries.us, path: 'tenant/payments/prod'};
    const here = {
      environment: 'prod-us',
      stage: 'prod',
      name: `${registries.us.host}/${repository('prod', 'app')}`,
    };
    const predicate = {...recordedPromotion, destinations: [here]};
    await attest(site, other.digest, {key: build, type: promotionPredicate, predicate});
    expect((await states()).at(-1)).to.equal('prod prod-us unverified');
    for (const output of ['text', 'html', 'svg']) {
      const {stdout} = await corectl('status', 'app', '--output', output);
      expect(stdout, output)
        .to.contain('unverified')
        .and.match(/[^n]verified/);
    }
  });

  it('shows the chain from the last place alone, whose it is and what was demanded', async () => {
    const [digest] = digests.get('chained')!;
    const {code, stdout} = await corectl('history', 'chained:1.0.0', '--environment', 'prod-us');
    expect(code).to.equal(0);
    const [, first, second] = stdout.trim().split('\n');
    expect(first).to.match(
      /fast-feedback \(dev\) +extended-test \(dev\) +4711 +nothing demanded +verified by pipeline$/,
    );
    expect(second).to.match(
      /1\.0\.0, latest +extended-test \(dev\) +prod \(prod-eu\), prod \(prod-us\) +4711 +1 rule satisfied +verified/,
    );
    expect(await historyOf(world, `chained@${digest}`)).to.have.length(2);
    expect((await corectl('history', 'chained:9.9.9')).code).to.equal(3);
    expect((await corectl('history', 'chained:1.0.0', '--environment', 'prod-ue')).code).to.equal(2);
    registries.us.faults.add({path: /\/referrers\//, action: {status: 500}});
    expect((await corectl('history', 'chained:1.0.0')).code).to.equal(5);
  });

  it('goes back to what stood under the floating tags, by the same rules, and records it', async () => {
    const [first, second] = digests.get('back')!;
    expect(await latest('back')).to.deep.equal([second, second]);
    const dry = await corectl('rollback', 'back', '--stage', 'prod');
    expect(dry.code, dry.stderr).to.equal(0);
    expect(dry.stdout).to.contain(`latest in prod: ${second} since`);
    expect(await latest('back')).to.deep.equal([second, second]);
    const {code, stdout, stderr} = await corectl(
      'rollback',
      'back:latest',
      '--stage',
      'prod',
      '--confirm',
      '--json',
    );
    expect(code, stderr).to.equal(0);
    const report = JSON.parse(stdout) as Report;
    expect(report.images[0]?.policy?.results.map(({passed}) => passed)).to.deep.equal([true]);
    expect(report.images[0]?.destinations.map(({record}) => record?.status)).to.deep.equal([
      'written',
      'written',
    ]);
    expect(await latest('back')).to.deep.equal([first, first]);
    expect(await tagged(registries.eu, repository('prod', 'back'), '1.1.0')).to.equal(second);
    expect(
      (await historyOf(world, 'back:latest', '--environment', 'prod-eu')).map((one) => one.fromStage),
    ).to.deep.equal(['fast-feedback', 'extended-test', 'extended-test']);
  });

  it('goes back also where the stage before has cleared the image away, and never where no trusted record says so', async () => {
    const [first] = digests.get('cleared')!;
    registries.dev.faults.add({path: new RegExp(first), action: {status: 404}});
    const {code, stderr} = await corectl('rollback', 'cleared', '--stage', 'prod', '--confirm');
    expect(code, stderr).to.equal(0);
    expect(await latest('cleared')).to.deep.equal([first, first]);
    expect((await corectl('rollback', 'cleared:1.0.0', '--stage', 'prod', '--confirm')).code).to.equal(2);
  });

  it('goes back nowhere while a tag is something else in one of the environments, or is not there', async () => {
    const [, second] = digests.get('hotfixed')!;
    const hotfix = await pushIndex(registries.us, repository('prod', 'hotfixed'), 'latest', {seed: 'hotfix'});
    const goBack = (...args: string[]) =>
      corectl('rollback', 'hotfixed', '--stage', 'prod', '--confirm', ...args);
    const refused = await goBack('--json');
    const {error} = JSON.parse(refused.stdout) as Report;
    expect([refused.code, error?.code]).to.deep.equal([4, 'ambiguous-rollback']);
    expect(error?.suggestions.join()).to.contain(`prod-us: latest is ${hotfix.digest}`);
    expect(await latest('hotfixed')).to.deep.equal([second, hotfix.digest]);
    registries.us.faults.add({path: /prod\/hotfixed\/(?:manifests\/latest|tags)/, action: {status: 404}});
    const absent = await goBack();
    expect([absent.code, absent.stdout.includes('prod-us: latest is not there')]).to.deep.equal([4, true]);
    registries.us.faults.clear();
    expect(await latest('hotfixed')).to.deep.equal([second, hotfix.digest]);
    expect((await goBack('--environment', 'prod-eu')).code).to.equal(0);
  });

  it('warns of records that a registry does not tell, and goes nowhere by the rest', async () => {
    const [, second] = digests.get('warned')!;
    registries.eu.faults.add({path: /\/referrers\//, action: {status: 403}});
    const told = await corectl('history', 'warned:latest');
    expect([told.code, told.stderr.includes('prod-eu does not tell what refers to')]).to.deep.equal([
      0,
      true,
    ]);
    const {code, stderr} = await corectl('rollback', 'warned:latest', '--stage', 'prod', '--confirm');
    expect([code, stderr.includes('not all that is recorded could be read')]).to.deep.equal([2, true]);
    expect(await latest('warned')).to.deep.equal([second, second]);
  });
});

describe('records that nobody signed', function () {
  this.timeout(180_000);
  let world: World;
  before(async () => {
    world = await opened('unsigned');
  });
  after(() => world.close());

  it('are told as unverified, as are those that the build forged', async () => {
    const digest = await world.push('app', '1.0.0');
    await world.promote(['app:1.0.0'], 'fast-feedback');
    const [own] = await historyOf(world, 'app');
    expect(own).to.include({digest, verifiedBy: null});
    const site = {name: 'dev', registry: world.registries.dev, path: 'tenant/payments/extended-test'};
    const predicate = {...own, fromStage: 'forged'};
    await attest(site, digest, {key: build, type: 'urn:corectl:promotion:v1', predicate});
    expect((await historyOf(world, 'app:1.0.0')).map(({verifiedBy}) => verifiedBy)).to.deep.equal([
      null,
      null,
    ]);
  });

  it('are nothing to go back by', async () => {
    for (const tag of ['1.0.0', '1.1.0']) {
      await world.push('other', tag);
      await world.promote([`other:${tag}`], 'fast-feedback', '--tag', 'latest');
    }
    const {code, stderr} = await world.corectl('rollback', 'other', '--stage', 'extended-test', '--confirm');
    expect([code, stderr.includes('signed by nobody who is trusted')]).to.deep.equal([2, true]);
  });
});
