import {expect} from 'chai';
import {judge} from '../../support/policies.ts';
import {recordedPromotion} from '../../support/recorded-promotion.ts';
import {pushImage} from '../../support/registry.ts';
import {promotionPredicate} from '../../../src/lib/record/promotion.ts';
import {sigstoreInstance, type Holder, type SigstoreInstance} from '../../support/sigstore-instance.ts';
import {repositoryOf, sitesOfTest} from '../../support/sites.ts';

const issuer = 'https://token.actions.githubusercontent.com';
const onMain = 'https://github.com/acme/payments/.github/workflows/build.yaml@refs/heads/main';
const policy = `
trust:
  root: keys/trusted_root.json
  build:
    issuer: ${issuer}
    subject: "https://github.com/{repository}/.github/workflows/*@refs/heads/main"
require:
  signed: build
`;
const cosignSign = {type: 'https://sigstore.dev/cosign/sign/v1', predicate: {}};

describe('a signature by certificate', function () {
  const sites = sitesOfTest();
  let instance: SigstoreInstance;
  before(async () => {
    instance = await sigstoreInstance();
  });

  async function world() {
    const site = await sites.source();
    const {digest} = await pushImage(site.registry, repositoryOf(site), '1.0.0');
    const asked = (root = instance.trustedRoot()) => ({policy, files: {'keys/trusted_root.json': root}});
    return {site, digest, asked};
  }

  it('counts when the subject is the one that is wanted: in a bundle, and under the tag', async () => {
    const {site, digest, asked} = await world();
    await instance.attest(site, digest, {...cosignSign, holder: {issuer, subject: onMain}});
    expect((await judge(site, digest, asked())).failures).to.equal('');
    const tagged = await world();
    await instance.signInTag(tagged.site, tagged.digest, {issuer, subject: onMain});
    expect((await judge(tagged.site, tagged.digest, tagged.asked())).failures).to.equal('');
  });

  const others: Record<string, Holder> = {
    'another repository whose name begins alike': {
      issuer,
      subject: onMain.replace('payments', 'payments-evil'),
    },
    'a tag instead of main': {issuer, subject: onMain.replace('heads/main', 'tags/v1')},
    'a branch whose name begins alike': {issuer, subject: `${onMain}-evil`},
    'a repository that is named before': {issuer, subject: `https://evil.example.com/${onMain}`},
    'another issuer': {issuer: 'https://evil.example.com', subject: onMain},
  };
  for (const [who, holder] of Object.entries(others)) {
    it(`does not count by ${who}`, async () => {
      const {site, digest, asked} = await world();
      await instance.attest(site, digest, {...cosignSign, holder});
      await instance.signInTag(site, digest, holder);
      const {satisfied, failures} = await judge(site, digest, asked());
      expect(failures).to.contain(
        holder.issuer === issuer ? `signed by ${holder.subject}` : 'evil.example.com',
      );
      expect(satisfied).to.equal(false);
    });
  }

  it('does not count by another workflow where one is named', async () => {
    const {site, digest, asked} = await world();
    await instance.attest(site, digest, {...cosignSign, holder: {issuer, subject: onMain}});
    const named = {...asked(), policy: policy.replace('workflows/*', 'workflows/release.yaml')};
    expect((await judge(site, digest, named)).failures).to.contain(`signed by ${onMain}`);
  });

  it('does not count when another instance issued the certificate', async () => {
    const {site, digest, asked} = await world();
    const evil = await sigstoreInstance();
    await evil.attest(site, digest, {...cosignSign, holder: {issuer, subject: onMain}});
    await evil.signInTag(site, digest, {issuer, subject: onMain});
    expect((await judge(site, digest, asked())).failures).to.contain('does not verify');
  });

  it('counts when the certificate is not valid now and a log or a time-stamp says when it was used', async () => {
    // its authorities are as old as the test, so its time is another in the other direction
    const ahead = await sigstoreInstance(new Date(Date.now() + 3_600_000));
    for (const witness of ['log', 'timestamp'] as const) {
      const {site, digest, asked} = await world();
      await ahead.attest(site, digest, {...cosignSign, holder: {issuer, subject: onMain}, witness});
      const root = ahead.trustedRoot({log: witness === 'log'});
      expect((await judge(site, digest, asked(root))).failures).to.equal('');
    }
  });

  it('does not count when nobody says when the certificate was used', async () => {
    const {site, digest, asked} = await world();
    await instance.attest(site, digest, {...cosignSign, holder: {issuer, subject: onMain}, witness: 'none'});
    const failures = [asked(), asked(instance.trustedRoot({log: false}))].map(async (one) => {
      return (await judge(site, digest, one)).failures;
    });
    for (const failure of await Promise.all(failures)) expect(failure).to.contain('does not verify');
  });

  it('does not count without a log entry where the instance has a log', async () => {
    const {site, digest, asked} = await world();
    await instance.attest(site, digest, {
      ...cosignSign,
      holder: {issuer, subject: onMain},
      witness: 'timestamp',
    });
    expect((await judge(site, digest, asked())).failures).to.contain('expected 1 tlog entries');
  });

  it('is that of each of the tenant’s repositories, and of nobody where it names none', async () => {
    const {site, digest, asked} = await world();
    await instance.attest(site, digest, {...cosignSign, holder: {issuer, subject: onMain}});
    const by = async (...repositories: string[]) => judge(site, digest, {...asked(), repositories});
    expect((await by('acme/api', 'acme/payments')).satisfied).to.equal(true);
    expect((await by()).failures).to.contain('the tenant names no repository');
    expect((await by('*/*')).failures).to.contain('the tenant names no repository');
    expect((await by('acme/api')).failures).to.contain(`signed by ${onMain}`);
  });

  it('says when a record was made, whatever the record itself says', async () => {
    const {site, digest, asked} = await world();
    const predicate = {...recordedPromotion, startedAt: '2020-01-01T00:00:00Z'};
    await instance.attest(site, digest, {
      type: promotionPredicate,
      predicate,
      holder: {issuer, subject: onMain},
    });
    const soaking = {...asked(), policy: policy.replace('signed: build', 'promoted: build\n  soaked: 24h')};
    expect((await judge(site, digest, soaking)).failures).to.match(
      /in extended-test for \d+ (?:second|minute)s?$/,
    );
    const tomorrow = {...soaking, now: new Date(Date.now() + 25 * 3_600_000)};
    expect((await judge(site, digest, tomorrow)).failures).to.equal('');
  });

  it('is refused where the trust root is missing or none', async () => {
    const {site, digest, asked} = await world();
    await instance.attest(site, digest, {...cosignSign, holder: {issuer, subject: onMain}});
    expect((await judge(site, digest, {...asked(), files: {}})).failures).to.contain(
      'there is no keys/trusted_root',
    );
    expect((await judge(site, digest, asked('{}'))).failures).to.contain('no certificate authority');
    expect((await judge(site, digest, asked('no JSON'))).failures).to.contain('no trust root');
  });
});
