import {expect} from 'chai';
import {demandsOf} from '../../../../src/lib/cli/runs/demands.ts';
import {planPromotion} from '../../../../src/lib/promotion/planning/plan.ts';
import {modelOf} from '../../../support/model.ts';
import {requestOfTest} from '../../../support/requests.ts';

const environment = (name: string, url: string, rest = '') => ({
  [`environments/${name}/config.yaml`]: `environment: ${name}\nregistry: {url: ${url}}\n${rest}`,
});

/** Where each `require` block stands that the destinations of a promotion to eu, us and asia have to satisfy. */
async function demanded(stage: string, files: Record<string, string>): Promise<string[][] | undefined> {
  const model = await modelOf({
    'corectl.yaml': `p2p:\n  extended-test: {default-envs: [dev]}\n  prod: {default-envs: [eu, us, asia]${stage}}\n`,
    'tenants/tenants/payments.yaml': 'name: payments\nenvironments: [dev, eu, us, asia]\n',
    ...environment('dev', 'dev.example.com'),
    ...files,
  });
  const plan = planPromotion(model, requestOfTest());
  const demands = demandsOf(model, plan, '/nowhere');
  return plan.images[0]?.destinations.flatMap((one) =>
    demands === undefined ? [] : [demands.requiredBy(one).map(({origin}) => origin.file)],
  );
}

describe('what a destination demands', () => {
  const [us, asia] = ['us', 'asia'].map((name) => `environments/${name}/config.yaml`);

  it('is what its stage and its environment do', async () => {
    const files = {
      ...environment('eu', 'eu.example.com'),
      ...environment('us', 'us.example.com', 'require: {max-age: 1d}\n'),
      ...environment('asia', 'asia.example.com'),
    };
    expect(await demanded('', files)).to.deep.equal([[], [us], []]);
    expect(await demanded(', require: {max-age: 9d}', files)).to.deep.equal([
      ['corectl.yaml'],
      ['corectl.yaml', us],
      ['corectl.yaml'],
    ]);
  });

  it('is what each of the environments does that have it in common, and not the first alone', async () => {
    const files = {
      ...environment('eu', 'shared.example.com'),
      ...environment('us', 'shared.example.com', 'require: {max-age: 1d}\n'),
      ...environment('asia', 'shared.example.com', 'require: {max-age: 2d}\n'),
    };
    expect(await demanded('', files)).to.deep.equal([[us, asia]]);
  });

  it('is nothing where nobody demands anything', async () => {
    const files = {
      ...environment('eu', 'shared.example.com'),
      ...environment('us', 'shared.example.com'),
      ...environment('asia', 'asia.example.com'),
    };
    expect(await demanded('', files)).to.deep.equal([]);
  });
});
