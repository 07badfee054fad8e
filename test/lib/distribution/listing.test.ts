import {expect} from 'chai';
import {RemoteRepository} from '../../../src/lib/copy/remote-repository.ts';
import {listRepository} from '../../../src/lib/distribution/listing.ts';
import type {Tag} from '../../../src/lib/oci/reference.ts';
import {previewExtraTags} from '../../../src/lib/promotion/extra-tags.ts';
import {sessionWith} from '../../support/promotion.ts';
import {pushImage, type FaultAction, type PushedManifest} from '../../support/registry.ts';
import {repositoryOf, sitesOfTest, storeOf, type TestSite} from '../../support/sites.ts';

const lists = /\/tags\/list/;

describe('a list of tags', () => {
  const sites = sitesOfTest();
  const withoutLink: FaultAction = {headers: {link: undefined}};

  /** A repository whose registry cuts its list of 130 tags after 50. */
  async function cut(action: FaultAction) {
    const eu = await sites.destination('prod-eu', {tagPageSize: 50});
    const image = await pushImage(eu.registry, repositoryOf(eu));
    for (let at = 0; at < 130; at += 1) await storeOf(eu).tag(`1.0.${at}`, image.digest);
    eu.registry.faults.add({path: lists, action});
    return eu;
  }

  it('that is cut without a word is asked for to its end', async () => {
    const eu = await cut(withoutLink);
    const {tags} = await listRepository(sessionWith(eu, 'app'));
    expect(tags).to.have.length(130);
    expect(eu.registry.log.requests({path: lists})).to.have.length(3);
  });

  it('that is all there is, however often one asks, is read twice and no more', async () => {
    const eu = await cut({
      intercept: async (exchange, next) => {
        const {headers, ...answer} = await next({...exchange, query: ''});
        return {...answer, headers: {'content-type': String(headers['content-type'])}};
      },
    });
    const {tags} = await listRepository(sessionWith(eu, 'app'));
    expect(tags).to.have.length(50);
    expect(eu.registry.log.requests({path: lists})).to.have.length(2);
  });

  for (const status of [400, 404, 405]) {
    it(`is what was listed where the registry answers ${status} to more of it`, async () => {
      const eu = await cut({
        intercept: async (exchange, next) => {
          if (exchange.query.includes('last=')) return {status, headers: {'content-length': '0'}};
          const {headers, ...answer} = await next(exchange);
          return {...answer, headers: {'content-type': String(headers['content-type'])}};
        },
      });
      expect((await listRepository(sessionWith(eu, 'app'))).tags).to.have.length(50);
    });
  }

  it('keeps a tag that floats at a later version, however many come after that one', async () => {
    const eu = await cut(withoutLink);
    const later = await pushImage(eu.registry, repositoryOf(eu), '1.0.2', {seed: 'later'});
    await floats(eu, later, '1.0.2');
  });

  it('decides nothing that a cut would change: a tag that floats stays at a version beyond it', async () => {
    const eu = await cut(withoutLink);
    const later = await pushImage(eu.registry, repositoryOf(eu), '1.0.999', {seed: 'later'});
    await floats(eu, later, '1.0.999');
  });

  it('is no word about a tag that floats where it does not even have that one: it stays', async () => {
    for (const action of [
      {status: 404},
      {status: 200, headers: {'content-type': 'application/json'}, body: '{"name":"app","tags":["1.0.1"]}'},
    ]) {
      const eu = await sites.destination();
      await pushImage(eu.registry, repositoryOf(eu), '1.0.1');
      const later = await pushImage(eu.registry, repositoryOf(eu), '1.0.999', {seed: 'later'});
      eu.registry.faults.add({path: lists, action});
      await floats(eu, later, "is not in the registry's list of tags");
    }
  });

  for (const body of ['{}', '{"errors":[{"code":"DENIED"}]}']) {
    it(`is none, and no empty one, where the answer is ${body}`, async () => {
      const eu = await cut({status: 200, headers: {'content-type': 'application/json'}, body});
      const error = await listRepository(sessionWith(eu, 'app')).catch((reason: unknown) => reason);
      expect(error).to.include({code: 'not-a-registry'});
    });
  }

  it('may be empty in whichever way registries write that', async () => {
    for (const body of ['{"name":"app","tags":[]}', '{"name":"app","tags":null}', '{"name":"app"}']) {
      const eu = await cut({status: 200, headers: {'content-type': 'application/json'}, body});
      expect((await listRepository(sessionWith(eu, 'app'))).tags).to.deep.equal([]);
    }
  });

  async function floats(eu: TestSite, later: PushedManifest, version: string): Promise<void> {
    await storeOf(eu).tag('1.0', later.digest);
    const warnings: string[] = [];
    const [extra] = await previewExtraTags(new RemoteRepository(sessionWith(eu, 'app')), ['1.0' as Tag], {
      manifest: await new RemoteRepository(sessionWith(eu, 'app')).resolve('1.0.1' as Tag),
      version: '1.0.1',
      overwrite: false,
      warn: (line) => warnings.push(line),
    });
    expect(extra).to.include({action: 'kept', existingDigest: later.digest});
    expect(warnings.join()).to.include(version);
  }
});
