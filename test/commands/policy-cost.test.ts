// What it costs to demand something: requests by rules, and nothing loaded where nothing is demanded.
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {demandingHome, demands, dryRunToProd, pushShown} from '../support/demanding-home.ts';
import {evaluatedIn} from '../support/evaluated.ts';
import type {PromotionHome} from '../support/promotion-home.ts';
import {startTestRegistry, type TestRegistry} from '../support/registry.ts';

// what is loaded for it alone
const kept = {
  "sigstore's verifier": 'libraries/evidence-sigstore.cjs',
  CEL: 'libraries/rules-cel.cjs',
  'the policy': 'src/lib/policy/evaluate.ts',
  'the evidence': 'src/lib/evidence/certificates.ts',
  'the records': 'src/lib/promotion/write-records.ts',
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
    expect(await loadedIn('without')).to.deep.equal([]);
    home.remove();
    await open(demands.five);
    expect(await loadedIn('with')).to.include.members(['CEL', 'the policy', 'the evidence']);
  });

  /** What of it a promotion loads, by Node's own coverage. */
  const loadedIn = async (name: string): Promise<string[]> => {
    const coverage = path.join(home.folder, name);
    mkdirSync(coverage);
    expect((await dryRun({NODE_V8_COVERAGE: coverage})).code).to.equal(0);
    const evaluated = evaluatedIn(coverage);
    return Object.entries(kept).flatMap(([what, part]) => (evaluated.includes(part) ? [what] : []));
  };
});
