import {expect} from 'chai';
import {planExplicit} from '../../../../src/lib/promotion/planning/explicit-plan.ts';
import {requestOfTest} from '../../../support/requests.ts';

describe('the plan between two registries that are given', () => {
  const source = (sourceRegistry: string) =>
    planExplicit({
      ...requestOfTest(),
      sourceRegistry,
      sourceStage: 'soak',
      destRegistry: 'registry.example.com',
      destStage: 'prod',
    }).images[0]?.source.repository;

  it('has http for this machine alone, unless https is written', () => {
    const here = {host: '127.0.0.1:5000', path: 'team/soak/app'};
    expect(source('127.0.0.1:5000/team')).to.deep.equal({...here, plainHttp: true});
    expect(source('https://127.0.0.1:5000/team')).to.deep.equal({...here, plainHttp: false});
    expect(source('registry.example.com/team')).to.deep.include({plainHttp: false});
  });
});
