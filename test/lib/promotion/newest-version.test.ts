import {expect} from 'chai';
import {newestVersions} from '../../../src/lib/promotion/newest-version.ts';

describe('the newest version', () => {
  const tags = [
    'latest',
    '1.9.0',
    'v1.10.0',
    '2.0.0-rc.2',
    '2.0.0-rc.10',
    '1.2',
    'sha-abc',
    '1.10.0-rc.1',
    '01.2.3',
  ];

  it('is by number and not by text, releases before pre-releases; what is no version does not count', () => {
    expect(newestVersions(tags)).to.deep.equal([
      'v1.10.0',
      '1.9.0',
      '2.0.0-rc.10',
      '2.0.0-rc.2',
      '1.10.0-rc.1',
    ]);
    expect(newestVersions(['latest', 'main'])).to.deep.equal([]);
  });

  it('is by semantic version alone where pre-releases take part', () => {
    expect(newestVersions(tags, {prereleases: true}).slice(0, 4)).to.deep.equal([
      '2.0.0-rc.10',
      '2.0.0-rc.2',
      'v1.10.0',
      '1.10.0-rc.1',
    ]);
  });

  it('is within a constraint, which is refused where it is none', () => {
    expect(newestVersions(tags, {constraint: '<1.10'})).to.deep.equal(['1.9.0']);
    expect(newestVersions(tags, {constraint: '^2.0.0-rc.3'})).to.deep.equal(['2.0.0-rc.10']);
    expect(newestVersions(tags, {constraint: '^2'})).to.deep.equal([]);
    expect(newestVersions(tags, {constraint: '^2', prereleases: true})[0]).to.equal('2.0.0-rc.10');
    for (const constraint of ['newest', ''])
      expect(() => newestVersions(tags, {constraint})).to.throw('no range of versions');
  });

  it('is the same however the tags are listed', () => {
    expect(newestVersions(['v1.0.0', '1.0.0'])).to.deep.equal(newestVersions(['1.0.0', 'v1.0.0']));
  });
});
