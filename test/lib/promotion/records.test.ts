// What promotions record: beside the image, before its tag, once, and never a tag without it.
import {expect} from 'chai';
import {RemoteRepository} from '../../../src/lib/copy/remote-repository.ts';
import {gatherEvidence} from '../../../src/lib/evidence/evidence.ts';
import {publicKeyIn} from '../../../src/lib/evidence/public-key.ts';
import type {Signer} from '../../../src/lib/evidence/signer.ts';
import type {Digest} from '../../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {recorder, type Recording} from '../../../src/lib/promotion/write-records.ts';
import {historyOf, type Recorded} from '../../../src/lib/record/history.ts';
import {keySigner} from '../../../src/lib/record/signer.ts';
import {signingKey} from '../../../src/lib/record/signing-key.ts';
import {promoteForTest, sessionWith, type AnySite, type PromotionOfTest} from '../../support/promotion.ts';
import {pushArtifact, pushIndex, asSubject} from '../../support/registry.ts';
import {testKey} from '../../support/signatures.ts';
import {expectPromoted, repositoryOf, sitesOfTest, tagOf, type TestSite} from '../../support/sites.ts';
import {temporaryFolder, remove} from '../../support/git.ts';
import {LayoutRepository} from '../../../src/lib/layout/layout-repository.ts';
import {Layout} from '../../../src/lib/layout/layout.ts';

const [pipeline, stranger] = [testKey(), testKey()];
const signers = new Map<string, Signer>([['pipeline', {kind: 'key', key: publicKeyIn(pipeline.pem)!}]]);
const recording = (changes: Partial<Recording> = {}): Recording => ({
  signer: keySigner(signingKey(pipeline.privatePem, 'the test')),
  attestationTag: false,
  about: {
    tenant: 'payments',
    fromStage: 'extended-test',
    startedAt: '2026-01-02T03:04:05.678Z',
    promoter: {name: 'corectl', version: '1.2.3'},
    run: {uri: 'https://ci.example.com/runs/7', id: '7', attempt: '1', actor: 'ada'},
  },
  ...changes,
});
const at = (time: string): Recording => recording({about: {...recording().about, startedAt: time}});

const manifestPut = /\/manifests\/sha256:/;

describe('a promotion that is recorded', function () {
  const sites = sitesOfTest();

  const promote = (from: TestSite, to: readonly AnySite[], options: Partial<PromotionOfTest> = {}) =>
    promoteForTest({from, to, recorder: recorder(recording()), ...options});
  const recordsAt = async (site: TestSite, digest: Digest): Promise<Recorded[]> => {
    const {claims} = await gatherEvidence(new RemoteRepository(sessionWith(site, 'app')), digest);
    return historyOf(claims, digest, signers);
  };
  const writesAt = (site: TestSite) =>
    site.registry.log.requests().filter(({method}) => method !== 'GET' && method !== 'HEAD');

  async function world() {
    const from = await sites.source();
    const to = [await sites.destination('prod-eu'), await sites.destination('prod-us', {referrers: false})];
    const {digest, children} = await pushIndex(from.registry, repositoryOf(from), '1.0.0');
    return {from, to, digest, children};
  }

  it('leaves one statement, the same bytes at every destination, for the index and its images', async () => {
    const {from, to, digest, children} = await world();
    const {report} = await promote(from, to);
    const records = await Promise.all(to.map((site) => recordsAt(site, digest)));
    const [first] = records[0]!;
    expect(records[1]![0]?.manifest).to.equal(first!.manifest);
    expect(first?.verifiedBy).to.equal('pipeline');
    expect(first?.promotion).to.deep.include({
      ...recording().about,
      image: 'app',
      tags: ['1.0.0'],
      policy: {results: []},
      source: {
        environment: 'dev',
        stage: 'extended-test',
        name: `${from.registry.host}/tenant/payments/extended-test/app`,
      },
    });
    expect(first?.promotion.destinations.map(({environment}) => environment)).to.deep.equal([
      'prod-eu',
      'prod-us',
    ]);
    for (const child of children)
      expect(
        await historyOf(
          (await gatherEvidence(new RemoteRepository(sessionWith(to[0]!, 'app')), digest)).claims,
          child.digest,
          signers,
        ),
      ).to.have.length(1);
    expect(report.images[0]?.destinations.map(({record}) => record)).to.deep.equal([
      {status: 'written', digest: first!.manifest},
      {status: 'written', digest: first!.manifest},
    ]);
  });

  it('is several records where there are more destinations than one may name, each where it names', async () => {
    const {from, to, digest} = await world();
    const {report} = await promote(from, to, {recorder: recorder(recording({destinationsAtMost: 1}))});
    expect(report.exitCode).to.equal(0);
    for (const site of to) {
      const records = await recordsAt(site, digest);
      const named = records.flatMap(({promotion}) => promotion.destinations);
      expect(named.map(({environment}) => environment)).to.deep.equal([site.name]);
    }
    const {report: again} = await promote(from, to);
    const records = again.images[0]!.destinations.map(({record}) => record?.status);
    expect(records).to.deep.equal(['there', 'there']);
  });

  it('is in place before the tag is', async () => {
    const {from, to, digest} = await world();
    await promote(from, to);
    for (const site of to) {
      const [record] = await recordsAt(site, digest);
      const puts = writesAt(site)
        .filter(({method, url}) => method === 'PUT' && url.includes('/manifests/'))
        .map(({url}) => url.replace(/.*\/manifests\//, ''));
      expect(puts.at(-1)).to.equal('1.0.0');
      expect(puts).to.include(record!.manifest);
    }
  });

  it('is not repeated, and nothing is written, when the same is promoted again', async () => {
    const {from, to, digest} = await world();
    await promote(from, to);
    const before = to.map((site) => writesAt(site).length);
    const {report} = await promote(from, to, {recorder: recorder(at('2026-02-02T03:04:05Z'))});
    expect(report.images[0]?.destinations.map(({status, record}) => [status, record?.status])).to.deep.equal([
      ['up-to-date', 'there'],
      ['up-to-date', 'there'],
    ]);
    expect(to.map((site) => writesAt(site).length)).to.deep.equal(before);
    expect(await recordsAt(to[0]!, digest)).to.have.length(1);
  });

  it('is made up for where the image stands already: nothing else is written, and a dry run says so', async () => {
    const {from, to, digest} = await world();
    await promote(from, to, {recorder: undefined});
    // somebody else's record is none
    const signer = keySigner(signingKey(stranger.privatePem, 'the test'));
    await promote(from, to, {recorder: recorder(recording({signer}))});
    const preview = await promote(from, to, {dryRun: true});
    expect(preview.destination('prod-eu')).to.deep.include({
      status: 'up-to-date',
      record: {status: 'would-write', digest: null},
    });
    const tagWrites = () => writesAt(to[0]!).filter(({url}) => url.endsWith('/manifests/1.0.0')).length;
    const before = tagWrites();
    const {destination, report} = await promote(from, to);
    expect([
      report.exitCode,
      destination('prod-eu').status,
      destination('prod-eu').record?.status,
    ]).to.deep.equal([0, 'up-to-date', 'written']);
    expect(tagWrites()).to.equal(before);
    const verified = (await recordsAt(to[1]!, digest)).filter(({verifiedBy}) => verifiedBy === 'pipeline');
    expect(verified).to.have.length(1);
  });

  it('is recorded again when a tag moves back to it', async () => {
    const {from, to} = await world();
    const digest = (await tagOf(from))!;
    await promote(from, to);
    await pushIndex(from.registry, repositoryOf(from), '1.0.0', {seed: 'another'});
    await promote(from, to, {overwrite: true, recorder: recorder(at('2026-01-03T00:00:00Z'))});
    const back = `app:1.0.0@${digest}`;
    const {destination} = await promote(from, to, {
      images: [back],
      overwrite: true,
      recorder: recorder(at('2026-01-04T00:00:00Z')),
    });
    expect(destination('prod-eu').record?.status).to.equal('written');
    expect((await recordsAt(to[0]!, digest)).map(({promotion}) => promotion.startedAt)).to.deep.equal([
      '2026-01-02T03:04:05.678Z',
      '2026-01-04T00:00:00Z',
    ]);
  });

  it('travels with the next promotion, so that the last place has the whole chain', async () => {
    const {from, to, digest} = await world();
    const [test] = to as [TestSite];
    const prod = await sites.destination('later');
    await promote(from, [test]);
    await promote(test, [prod], {recorder: recorder(at('2026-01-03T00:00:00Z'))});
    expect(
      (await recordsAt(prod, digest)).map(({verifiedBy, promotion}) => [
        verifiedBy,
        promotion.destinations[0]?.environment,
      ]),
    ).to.deep.equal([
      ['pipeline', 'prod-eu'],
      ['pipeline', 'later'],
    ]);
  });

  it('is kept beside signatures that arrive with it, also where lists are tags', async () => {
    const {from, to, digest} = await world();
    const subject = asSubject(await pushIndex(from.registry, repositoryOf(from), '1.0.0'));
    for (const seed of ['one', 'two'])
      await pushArtifact(from.registry, repositoryOf(from), undefined, {
        ...{subject, artifactType: 'application/vnd.example', seed, layers: 1},
      });
    await promote(from, to, {images: ['app:1.0.0'], recorder: recorder(recording({attestationTag: true}))});
    for (const site of to) {
      const {descriptors} = await new RemoteRepository(sessionWith(site, 'app')).referrers(digest);
      expect(descriptors).to.have.length(3);
      expect(await tagOf(site, `${digest.replace(':', '-')}.att`)).to.be.a('string');
      expect(await recordsAt(site, digest)).to.have.length(1);
    }
  });

  it('is recorded for each of two tags in one repository', async () => {
    const {from, to, digest} = await world();
    await pushIndex(from.registry, repositoryOf(from), '1.0');
    const {report} = await promote(from, to, {images: ['app:1.0.0', 'app:1.0']});
    expect(report.exitCode).to.equal(0);
    for (const site of to)
      expect(
        (await recordsAt(site, digest)).map(({promotion}) => promotion.tags.join()).sort(),
      ).to.deep.equal(['1.0', '1.0.0']);
  });

  it('is recorded in a folder in the OCI image layout', async () => {
    const {from, digest} = await world();
    const folder = temporaryFolder();
    const to = {name: 'air-gapped', folder, path: 'prod'};
    const {destination} = await promote(from, [to]);
    expect(destination('air-gapped').record?.status).to.equal('written');
    const layout = new Layout({directory: `${folder}/prod/app`, below: folder}, {keepOut: []});
    const {claims} = await gatherEvidence(new LayoutRepository({layout, side: 'destination'}), digest);
    expect((await historyOf(claims, digest, signers))[0]?.verifiedBy).to.equal('pipeline');
    remove(folder);
  });

  it('tells, unsigned, and is not repeated either', async () => {
    const {from, to, digest} = await world();
    const unsigned = recording({signer: undefined});
    await promote(from, to, {recorder: recorder(unsigned)});
    const {destination} = await promote(from, to, {recorder: recorder(unsigned)});
    expect(destination('prod-eu').record?.status).to.equal('there');
    expect((await recordsAt(to[0]!, digest)).map(({verifiedBy}) => verifiedBy)).to.deep.equal([undefined]);
  });

  it('costs nothing where nothing is recorded', async () => {
    const {from, to, digest} = await world();
    const {destination} = await promote(from, to, {recorder: undefined});
    expect(destination('prod-eu').record).to.equal(null);
    expect(await recordsAt(to[0]!, digest)).to.have.length(0);
  });

  describe('that cannot be recorded at one destination', () => {
    const faults = {
      'which refuses it': {method: 'PUT', path: manifestPut, skip: 2, action: {status: 403}},
      'which never lists it': {
        path: /\/referrers\//,
        action: {
          status: 200,
          headers: {'content-type': mediaTypes.ociIndex},
          body: JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: []}),
        },
      },
    } as const;
    for (const [name, fault] of Object.entries(faults))
      for (const allOrNothing of [false, true])
        it(`${name}, gets no tag there${allOrNothing ? ', nor anywhere else with --all-or-nothing' : ''}`, async () => {
          const from = await sites.source();
          const to = [await sites.destination('prod-eu'), await sites.destination('prod-us')];
          const {digest} = await pushIndex(from.registry, repositoryOf(from), '1.0.0');
          to[0]!.registry.faults.add(fault);
          const {report, destination} = await promote(from, to, {allOrNothing, retries: {attempts: 2}});
          expect([report.exitCode, destination('prod-eu').status]).to.deep.equal([1, 'failed']);
          expect(await tagOf(to[0]!)).to.equal(undefined);
          expect(await tagOf(to[1]!)).to.equal(allOrNothing ? undefined : digest);
          if (!allOrNothing) await expectPromoted(from, digest, to[1]!);
        });
  });

  it('ends before anything is written where its records cannot be read', async () => {
    const {from, to} = await world();
    await promote(from, to);
    to[0]!.registry.faults.add({path: /\/referrers\//, action: {status: 500}});
    const {report} = await promote(from, to, {retries: {attempts: 1}});
    expect([report.exitCode, report.error?.side]).to.deep.equal([5, 'destination']);
  });
});
