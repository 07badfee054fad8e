// Nobody passes the gate by: not from a folder, not where the source is gone, not by what stands at a destination already.
import {expect} from 'chai';
import type {Located} from '../../../src/lib/environments/model.ts';
import {locatedAt} from '../../../src/lib/environments/reading/located.ts';
import {parseYaml} from '../../../src/lib/environments/reading/yaml.ts';
import type {Place} from '../../../src/lib/access/place.ts';
import type {Digest} from '../../../src/lib/oci/digest.ts';
import {policyJudge} from '../../../src/lib/promotion/policy-judge.ts';
import {promoteForTest, type AnySite, type PromotionOfTest} from '../../support/promotion.ts';
import {remove, temporaryFolder} from '../../support/git.ts';
import {pushIndex} from '../../support/registry.ts';
import {signImage, testKey} from '../../support/signatures.ts';
import {repositoryOf, sitesOfTest, storeOf, tagOf, type TestSite} from '../../support/sites.ts';

const [build, other] = [testKey(), testKey()];
const policy = parseYaml(
  'trust: {build: {key: build.pub}}\nsigned: {signed: build}\nbuilt: {platforms: linux/amd64}\n',
  'policy.yaml',
);
const [signed, built] = [locatedAt(policy, ['signed'])!, locatedAt(policy, ['built'])!];

const gate = (requiredBy: (place: Place) => Located[] = () => [signed], override?: string) =>
  policyJudge({
    tenant: 'payments',
    fromStage: 'extended-test',
    now: new Date(),
    override,
    demands: {trust: locatedAt(policy, ['trust']), requiredBy, repositories: [], read: () => build.pem},
  });

describe('what a destination demands', function () {
  const sites = sitesOfTest();
  const promote = (from: AnySite, to: readonly AnySite[], options: Partial<PromotionOfTest> = {}) =>
    promoteForTest({from, to, judge: gate(), ...options});

  async function world() {
    const [from, to] = [await sites.source(), await sites.destination()];
    const {digest} = await pushIndex(from.registry, repositoryOf(from), '1.0.0');
    return {from, to, digest};
  }
  const refused = async (to: TestSite, promotion: ReturnType<typeof promote>) => {
    const {report} = await promotion;
    expect([report.exitCode, report.error?.code]).to.deep.equal([6, 'policy']);
    expect(await tagOf(to)).to.equal(undefined);
    return report.error!.suggestions.join('\n');
  };

  it('is judged for an image in a folder as for one in a registry', async () => {
    const {from, to, digest} = await world();
    const folder = temporaryFolder();
    const shelf = {name: 'shelf', folder, path: 'images'};
    await promote(from, [shelf], {judge: undefined});
    await refused(to, promote(shelf, [to]));
    await signImage(from, digest, {key: build});
    await signImage(from, digest, {key: build, form: 'bundle'});
    await promote(from, [shelf], {judge: undefined});
    expect((await promote(shelf, [to])).report.exitCode).to.equal(0);
    remove(folder);
  });

  for (const form of ['tag', 'bundle'] as const) {
    it(`is judged by what stands there already as well: a ${form} that is no good signature is not passed over`, async () => {
      const {from, to, digest} = await world();
      await signImage(from, digest, {key: build, form});
      await promote(from, [to], {images: [`app@${digest}`], judge: undefined});
      const layers = /\/blobs\//;
      // somebody replaced the signature there, or it cannot be read any more
      if (form === 'tag') await replaceSignature(to, digest);
      else to.registry.faults.add({method: 'GET', path: layers, action: {status: 404}});
      if (form === 'tag') {
        const reasons = await refused(to, promote(from, [to]));
        expect(reasons).to.match(/app:1\.0\.0 at prod-eu: policy\.yaml:2:\d+.*none by build.*there as well/);
        const {report} = await promote(from, [to], {overwrite: true});
        expect(report.exitCode).to.equal(0);
      } else {
        const {report} = await promote(from, [to]);
        expect([report.exitCode, report.error?.side]).to.deep.equal([5, 'destination']);
        expect(await tagOf(to)).to.equal(undefined);
      }
    });
  }

  it('is not asked of a destination that what is shown is still to come to', async () => {
    const {from, to, digest} = await world();
    await signImage(from, digest, {key: build});
    const {report} = await promote(from, [to]);
    expect(report.exitCode).to.equal(0);
    const blobs = to.registry.log
      .requests()
      .filter(({method, url}) => method === 'GET' && url.includes('/blobs/'));
    expect(blobs).to.deep.equal([]);
  });

  it('is judged by what each of them demands, and not by what another one does', async () => {
    const {from, to, digest} = await world();
    const us = await sites.destination('prod-us');
    await signImage(from, digest, {key: build});
    await promote(from, [us], {images: [`app@${digest}`], judge: undefined});
    await replaceSignature(us, digest);
    const {report} = await promote(from, [to, us], {
      judge: gate(({label}) => (label === 'prod-eu' ? [signed] : [built])),
    });
    expect(report.exitCode).to.equal(0);
  });

  it('is told and not enforced with a reason, which the report has', async () => {
    const {from, to, digest} = await world();
    const {report, events} = await promote(from, [to], {judge: gate(undefined, 'incident 7')});
    expect([report.exitCode, await tagOf(to)]).to.deep.equal([0, digest]);
    expect(report.images[0]?.policy).to.deep.equal({
      override: 'incident 7',
      results: [
        {
          rule: 'signed: build',
          at: 'policy.yaml:2',
          mode: 'enforce',
          passed: false,
          found: 'no signature',
          wanted: 'a signature of this digest by build: cosign sign NAME@DIGEST',
        },
      ],
    });
    expect(events.filter(({kind}) => kind === 'warning')).to.have.length(1);
  });

  it('cannot be overridden where it cannot be read', async () => {
    const {from, to} = await world();
    from.registry.faults.add({path: /\.sig$/, action: {status: 500}});
    const {report} = await promote(from, [to], {
      judge: gate(undefined, 'incident 7'),
      referrers: false,
      retries: {attempts: 1},
    });
    expect([report.exitCode, await tagOf(to)]).to.deep.equal([5, undefined]);
  });

  /** Another's signature in the place of the one that came with the image. */
  async function replaceSignature(site: TestSite, digest: Digest) {
    const tag = `${digest.replace(':', '-')}.sig`;
    await storeOf(site).deleteTag(tag);
    await signImage(site, digest, {key: other});
  }
});
