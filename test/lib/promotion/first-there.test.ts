import {expect} from 'chai';
import {RemoteRepository} from '../../../src/lib/copy/remote-repository.ts';
import type {Tag} from '../../../src/lib/oci/reference.ts';
import {firstThere} from '../../../src/lib/promotion/first-there.ts';
import {sessionWith} from '../../support/promotion.ts';
import {pushImage} from '../../support/registry.ts';
import {repositoryOf, sitesOfTest} from '../../support/sites.ts';

const versions = (count: number): Tag[] =>
  Array.from({length: count}, (_, at) => `1.0.${count - 1 - at}` as Tag);

describe('the newest version of a list that has deleted ones', () => {
  const sites = sitesOfTest();

  it('is found, however many of them come before it', async () => {
    const eu = await sites.destination();
    const {digest} = await pushImage(eu.registry, repositoryOf(eu), '1.0.3');
    await pushImage(eu.registry, repositoryOf(eu), '1.0.1', {seed: 'older'});
    const found = await firstThere(new RemoteRepository(sessionWith(eu, 'app')), versions(60));
    expect(found).to.deep.equal({tag: '1.0.3', digest});
  });

  it('takes one request where it is there', async () => {
    const eu = await sites.destination();
    await pushImage(eu.registry, repositoryOf(eu), '1.0.59');
    await firstThere(new RemoteRepository(sessionWith(eu, 'app')), versions(60));
    expect(eu.registry.log.requests()).to.have.length(1);
  });

  it('is none where none is there, and not told of a list that has thousands of them', async () => {
    const repository = new RemoteRepository(sessionWith(await sites.destination(), 'app'));
    expect(await firstThere(repository, versions(60))).to.equal(undefined);
    const error = await firstThere(repository, versions(1100)).catch((reason: unknown) => reason);
    expect(error).to.include({code: 'registry-error'});
  });
});
