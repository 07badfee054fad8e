// What it costs to demand something: requests by rules, and nothing loaded where nothing is demanded.
import {mkdirSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';
import {packageFolder} from '../support/cli.ts';
import {demandingHome, demands, dryRunToProd, pushShown} from '../support/demanding-home.ts';
import type {PromotionHome} from '../support/promotion-home.ts';
import {startTestRegistry, type TestRegistry} from '../support/registry.ts';

// text that only this code has, in the bundle as it is built
const kept = {
  "sigstore's verifier": 'TLOG_INCLUSION_PROOF_ERROR',
  CEL: 'registerVariable',
  'the policy': 'a policy that can be read',
  'the evidence': 'dev.cosignproject.cosign/signature',
  'the records': 'does not keep the record',
};

describe('what a policy costs', function () {
  this.timeout(120_000);
  let registries: readonly [TestRegistry, TestRegistry];
  let home: PromotionHome;
  beforeEach(async () => {
    registries = [await startTestRegistry(), await startTestRegistry()];
  });
  afterEach(async () => {
    home.remove();
    await Promise.all(registries.map((registry) => registry.close()));
  });

  const open = async (rules: string) => {
    home = await demandingHome(registries, rules);
  };
  const dryRun = (env: Record<string, string> = {}) => home.corectl(dryRunToProd, {env});

  it('is a fixed number of requests, however many rules there are', async () => {
    await pushShown(registries[0]);
    const costs: number[] = [];
    for (const rules of [demands.none, demands.one, demands.five]) {
      await open(rules);
      const before = requests();
      const {code, stdout} = await dryRun();
      expect(code, stdout).to.equal(0);
      costs.push(requests() - before);
      if (rules !== demands.five) home.remove();
    }
    const [none, one, all] = costs as [number, number, number];
    // the evidence is read once: its tags, the referrers, and what each of the three holds
    expect(one - none, costs.join()).to.be.within(1, 10);
    // the index is at hand already, and its platforms are in it
    expect(all, costs.join()).to.equal(one);
  });
  const requests = () => registries.reduce((sum, {log}) => sum + log.requests().length, 0);

  it('is nothing where nothing is demanded: none of it is loaded', async () => {
    await pushShown(registries[0]);
    await open(demands.none);
    const withoutPolicy = await loadedIn('without');
    expect(withoutPolicy).to.deep.equal([]);
    const bundle = path.join(packageFolder, 'dist');
    const all = readdirSync(bundle, {recursive: true, encoding: 'utf8'})
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(path.join(bundle, file), 'utf8'));
    for (const [what, text] of Object.entries(kept))
      expect(
        all.some((one) => one.includes(text)),
        what,
      ).to.equal(true);
    home.remove();
    await open(demands.five);
    expect(await loadedIn('with')).to.include.members(['CEL', 'the policy', 'the evidence']);
  });

  /** What of it a promotion loads, by Node's own coverage. */
  const loadedIn = async (name: string): Promise<string[]> => {
    const coverage = path.join(home.folder, name);
    mkdirSync(coverage);
    expect((await dryRun({NODE_V8_COVERAGE: coverage})).code).to.equal(0);
    const files = new Set(readdirSync(coverage).flatMap((file) => filesIn(path.join(coverage, file))));
    expect(files.size).to.be.greaterThan(5);
    const texts = [...files].map((file) => readFileSync(file, 'utf8'));
    return Object.entries(kept).flatMap(([what, text]) =>
      texts.some((one) => one.includes(text)) ? [what] : [],
    );
  };
});

function filesIn(coverage: string): string[] {
  const {result} = JSON.parse(readFileSync(coverage, 'utf8')) as {result: {url: string}[]};
  return result
    .map(({url}) => (url.startsWith('file:') ? fileURLToPath(url) : ''))
    .filter((file) => file.startsWith(path.join(packageFolder, 'dist')));
}
