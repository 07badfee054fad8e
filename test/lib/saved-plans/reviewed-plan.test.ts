import {expect} from 'chai';
import {planPromotion, type Plan} from '../../../src/lib/promotion/planning/plan.ts';
import {reviewedPlan} from '../../../src/lib/saved-plans/reviewed-plan.ts';
import type {SavedPlan} from '../../../src/lib/saved-plans/saved-plan.ts';
import type {Files} from '../../support/git.ts';
import {modelOf} from '../../support/model.ts';
import {requestOfTest, type RequestOfTest} from '../../support/requests.ts';
import {savedDigest, savedOf} from '../../support/saved-plans.ts';

const config = (name: string, host = `${name}.example.com`) => ({
  [`environments/${name}/config.yaml`]: `environment: ${name}\nregistry: {url: "${host}/{tenant}"}\n`,
});
const files = (...prod: string[]): Files => ({
  'corectl.yaml': `p2p:\n  extended-test: {default-envs: [dev]}\n  prod: {default-envs: [${prod.join(', ')}]}\n`,
  'environments/environments.yaml': `enabled: [dev, ${prod.join(', ')}]\n`,
  'tenants/tenants/payments.yaml': `name: payments\nenvironments: [dev, ${prod.join(', ')}]\n`,
  ...config('dev'),
  ...(Object.fromEntries(prod.flatMap((name) => Object.entries(config(name)))) as Files),
});

/** What a repository leads to, where these environments are its prod. */
const planOf = async (
  prod: readonly string[],
  request: RequestOfTest = {},
  other: Files = {},
): Promise<Plan> => planPromotion(await modelOf({...files(...prod), ...other}), requestOfTest(request));

const reviewed = (saved: Plan, derived: Plan) => reviewedPlan(savedOf(saved) as SavedPlan, derived);
const places = ({images}: Plan) => images.flatMap(({destinations}) => destinations.map(({label}) => label));

describe('a saved plan, beside what its request leads to today,', () => {
  it('is the same by its digests, and nothing has moved', async () => {
    const plan = await planOf(['prod-eu', 'prod-us'], {tags: ['latest']});
    const {plan: left, drift} = reviewed(plan, plan);
    expect(drift).to.deep.equal([]);
    expect(places(left)).to.deep.equal(['prod-eu', 'prod-us']);
    expect(left.images[0]?.image.digest).to.equal(savedDigest);
    expect(left.images[0]?.source.tagOrDigest).to.equal(savedDigest);
    expect(left.images[0]?.destinations[0]?.tagOrDigest).to.equal('1.0');
  });

  it('has no place that came since: that was not reviewed', async () => {
    const {plan, drift} = reviewed(await planOf(['prod-eu']), await planOf(['prod-eu', 'prod-us']));
    expect(places(plan)).to.deep.equal(['prod-eu']);
    expect(drift.map(({what, expected, found}) => [what, expected, found])).to.deep.equal([
      ['prod-us.example.com/payments/prod/app:1.0', null, 'a destination'],
    ]);
  });

  it('has no place that its request does not lead to, whatever the file names', async () => {
    const {plan, drift} = reviewed(await planOf(['prod-eu', 'evil']), await planOf(['prod-eu']));
    expect(places(plan)).to.deep.equal(['prod-eu']);
    expect(drift.map(({what, expected, found}) => [what, expected, found])).to.deep.equal([
      ['evil.example.com/payments/prod/app:1.0', 'a destination', null],
    ]);
  });

  it('follows no source of its own, and tells that it moved', async () => {
    const now = await planOf(['prod-eu']);
    const then = await planOf(['prod-eu'], {}, config('dev', 'evil.example.com'));
    const {plan, drift} = reviewed(then, now);
    expect(plan.images[0]?.source.reference).to.equal(
      `dev.example.com/payments/extended-test/app@${savedDigest}`,
    );
    expect(drift.map(({side, expected}) => [side, expected])).to.deep.equal([
      ['source', 'evil.example.com/payments/extended-test/app:1.0'],
    ]);
  });

  it('leaves out aloud what it is not brought to any more, and what came since', async () => {
    const leftOut = async (now: Plan) => {
      const {plan} = reviewed(await planOf(['prod-eu', 'prod-us']), now);
      return plan.leftOut.map(({environment, stage, reason}) => `${environment} ${stage} ${reason}`);
    };
    expect(await leftOut(await planOf(['prod-eu', 'prod-us']))).to.deep.equal([]);
    const renamed = await planOf(['prod-eu', 'prod-us'], {}, config('prod-us', 'other.example.com'));
    expect(await leftOut(renamed)).to.deep.equal(['prod-us prod not where the plan has it']);
    expect(await leftOut(await planOf(['prod-us', 'prod-asia']))).to.deep.equal([
      'prod-eu prod not where the plan has it',
      'prod-asia prod not in the plan',
    ]);
    const notTheTenants = await planOf(
      ['prod-eu', 'prod-us'],
      {},
      {
        'tenants/tenants/payments.yaml': 'name: payments\nenvironments: [dev, prod-eu]\n',
      },
    );
    expect(await leftOut(notTheTenants)).to.deep.equal(["prod-us prod not the tenant's"]);
  });

  it('has no place for other tags than it was reviewed with', async () => {
    const {plan, drift} = reviewed(await planOf(['prod-eu']), await planOf(['prod-eu'], {tags: ['latest']}));
    expect(places(plan)).to.deep.equal([]);
    expect(drift).to.have.length(2);
  });

  it('has no image that its file alone names, nor one that it does not name', async () => {
    const [app, worker] = [await planOf(['prod-eu']), await planOf(['prod-eu'], {images: ['worker:1.0']})];
    const {plan, drift} = reviewed(app, worker);
    expect(plan.images).to.deep.equal([]);
    expect(drift.map(({side, expected, found}) => [side, expected, found])).to.deep.equal([
      ['source', null, 'an image of the plan'],
      ['source', 'an image of the plan', null],
    ]);
  });
});
