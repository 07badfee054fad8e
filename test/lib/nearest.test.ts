import {expect} from 'chai';
import {equallyNear, nearest} from '../../src/lib/nearest.ts';

describe('nearest names', () => {
  const names = ['fast-feedback', 'extended-test', 'prod'];

  it('finds a name with a letter missing, added, replaced or swapped', () => {
    for (const typed of ['prd', 'prood', 'prad', 'rpod', 'PROD', 'pro']) {
      expect(nearest(typed, names), typed).to.deep.equal(['prod']);
    }
  });

  it('finds a name by a part of it', () => {
    expect(nearest('feedback', names)).to.deep.equal(['fast-feedback']);
  });

  it('suggests nothing for a name that is far from all', () => {
    expect(nearest('staging', names)).to.deep.equal([]);
  });

  it('gives all of those that are equally near, however many', () => {
    const many = ['prod-a', 'prod-b', 'prod-c', 'prod-d', 'test-a'];
    expect(equallyNear('prod-x', many)).to.deep.equal(['prod-a', 'prod-b', 'prod-c', 'prod-d']);
    expect(equallyNear('prod-aa', many)).to.deep.equal(['prod-a']);
    expect(equallyNear('staging', many)).to.deep.equal([]);
  });

  it('puts the closest first and gives three at most', () => {
    expect(nearest('prod', ['prod-a', 'prod', 'prxd', 'prod-b', 'prod-c']))
      .to.have.length(3)
      .and.include('prod');
    expect(nearest('prod', ['prxd', 'prod'])[0]).to.equal('prod');
  });
});
