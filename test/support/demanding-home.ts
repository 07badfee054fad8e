// An image of which everything is shown that a policy demands, and environments that demand more or less of it.
import {promotionPredicate} from '../../src/lib/record/promotion.ts';
import {promotionHome, type PromotionHome} from './promotion-home.ts';
import {recordedPromotion} from './recorded-promotion.ts';
import {pushIndex, type TestRegistry} from './registry.ts';
import {attest, signImage, testKey} from './signatures.ts';

const [build, pipeline] = [testKey(), testKey()];
const testType = 'https://example.com/test/v1';
const one = 'signed: build';

/** What prod demands. */
export const demands = {
  none: '',
  one,
  five: `${one}, attested: {type: "${testType}", by: build, where: "predicate.result == 'PASSED'"}, promoted: pipeline, soaked: 24h, platforms: linux/amd64`,
};

/** A home whose way leads from dev to prod-eu, where so much is demanded. */
export const demandingHome = (
  [dev, eu]: readonly [TestRegistry, TestRegistry],
  rules: string,
): Promise<PromotionHome> =>
  promotionHome({
    registries: {dev: dev.host, 'prod-eu': eu.host},
    stages: {},
    files: {
      'corectl.yaml': `p2p:
  trust: {build: {key: keys/build.pub}, pipeline: {key: keys/pipeline.pub}}
  extended-test: {default-envs: [dev]}
  prod: {default-envs: [prod-eu]${rules === '' ? '' : `, require: {${rules}}`}}
`,
      'keys/build.pub': build.pem,
      'keys/pipeline.pub': pipeline.pem,
    },
  });

/** Pushes app:1.0.0, signed, attested and recorded. */
export async function pushShown(registry: TestRegistry): Promise<void> {
  const site = {name: 'dev', registry, path: 'tenant/payments/extended-test'};
  const {digest} = await pushIndex(site.registry, `${site.path}/app`, '1.0.0');
  await signImage(site, digest, {key: build});
  await attest(site, digest, {key: build, type: testType, predicate: {result: 'PASSED'}});
  const predicate = {...recordedPromotion, startedAt: '2020-01-01T00:00:00Z'};
  await attest(site, digest, {key: pipeline, form: 'bundle', type: promotionPredicate, predicate});
}

/** The promotion to prod, which writes nothing. */
export const dryRunToProd = [
  ...['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments', '--from-stage', 'extended-test'],
  '--dry-run',
];
