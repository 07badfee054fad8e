import {expect} from 'chai';
import {gatherEvidence} from '../../../src/lib/evidence/evidence.ts';
import {publicKeyIn} from '../../../src/lib/evidence/public-key.ts';
import type {Signer} from '../../../src/lib/evidence/signer.ts';
import {RemoteRepository} from '../../../src/lib/copy/remote-repository.ts';
import type {RegistryOptions} from '../../../src/lib/registry/server.ts';
import {bundleArtifact, unsignedArtifact} from '../../../src/lib/record/artifact.ts';
import {tellsOfPromotionTo, historyOf} from '../../../src/lib/record/history.ts';
import type {Tag} from '../../../src/lib/oci/reference.ts';
import type {Promotion} from '../../../src/lib/record/promotion.ts';
import {keySigner} from '../../../src/lib/record/signer.ts';
import {signingKey} from '../../../src/lib/record/signing-key.ts';
import {promotionStatement} from '../../../src/lib/record/statement.ts';
import {writeAttestationTag, writeReferrer} from '../../../src/lib/record/write.ts';
import {sessionWith} from '../../support/promotion.ts';
import {pushIndex} from '../../support/registry.ts';
import {attest, signImage, testKey, type KeyKind} from '../../support/signatures.ts';
import {repositoryOf, sitesOfTest} from '../../support/sites.ts';

const place = {environment: 'prod-eu', stage: 'prod', name: 'eu.example.com/tenant/payments/prod/app'};
const promotion: Promotion = {
  tenant: 'payments',
  image: 'app',
  tags: ['1.0.0'],
  fromStage: 'extended-test',
  source: {environment: 'dev', stage: 'extended-test', name: 'dev.example.com/app'},
  destinations: [place],
  environments: {repository: 'https://example.com/environments', commit: '0123456789abcdef'},
  policy: {
    results: [{rule: 'signed: build', at: 'corectl.yaml:7', mode: 'enforce', passed: true, found: 'x'}],
  },
  startedAt: '2026-01-02T03:04:05.678Z',
  promoter: {name: 'corectl', version: '1.2.3'},
};
const later = (number: number): Promotion => ({...promotion, startedAt: `2026-01-03T00:00:0${number}Z`});

const registries: Record<string, RegistryOptions> = {
  'with the referrers API': {},
  'without it': {referrers: false},
};

for (const [kind, options] of Object.entries(registries)) {
  describe(`a record at a registry ${kind}`, () => {
    const sites = sitesOfTest();

    async function world(keyKind: KeyKind = 'P-256') {
      const site = await sites.source(options);
      const {digest, mediaType, size, children} = await pushIndex(site.registry, repositoryOf(site), '1.0.0');
      const pair = testKey(keyKind);
      const signers = new Map<string, Signer>([['pipeline', {kind: 'key', key: publicKeyIn(pair.pem)!}]]);
      const session = sessionWith(site, 'app');
      const target = new RemoteRepository(session);
      const digests = [digest, ...children.map((one) => one.digest)];
      const signer = keySigner(signingKey(pair.privatePem, 'the test'));
      const signed = (one: Promotion) => signer.sign(promotionStatement(digests, one));
      const sign = async (one: Promotion) => (await signed(one)).envelope;
      const subject = {digest, mediaType, size};
      const record = async (one = promotion) => bundleArtifact((await signed(one)).bundle, subject);
      const history = async (about = digest) => {
        const {claims} = await gatherEvidence(target, digest);
        return historyOf(claims, about, signers);
      };
      return {site, session, target, digests, subject, sign, record, history};
    }

    for (const keyKind of ['P-256', 'P-384', 'Ed25519', 'RSA'] as const) {
      it(`is read back as it was written, signed with ${keyKind}, for the index and its children`, async () => {
        const {target, record, history, digests} = await world(keyKind);
        await writeReferrer(target, await record());
        for (const digest of digests) {
          const [found, ...more] = await history(digest);
          expect(found?.promotion).to.deep.equal(promotion);
          expect(found?.verifiedBy).to.equal('pipeline');
          expect(more).to.have.length(0);
        }
      });
    }

    it('is one when it is written twice, and covers its destinations and no others', async () => {
      const {target, record, history} = await world();
      const once = await record();
      await writeReferrer(target, once);
      await writeReferrer(target, once);
      const records = await history();
      expect(records).to.have.length(1);
      expect(tellsOfPromotionTo(records, place)).to.equal(true);
      expect(tellsOfPromotionTo(records, {...place, environment: 'prod-us'})).to.equal(false);
    });

    it('is kept when eight write at the same time', async () => {
      const {session, record, history} = await world();
      const patient = new RemoteRepository({...session, policy: {...session.policy, attempts: 20}});
      const all = [1, 2, 3, 4, 5, 6, 7, 8].map(later);
      await Promise.all(all.map(async (one) => writeReferrer(patient, await record(one))));
      expect((await history()).map(({promotion}) => promotion.startedAt)).to.deep.equal(
        all.map(({startedAt}) => startedAt),
      );
    });

    it('is kept under the tag of older verifiers, beside what is there', async () => {
      const {site, target, sign, subject, history} = await world();
      const other = testKey();
      await signImage(site, subject.digest, {key: other});
      await attest(site, subject.digest, {key: other, type: 'https://example.com/t', predicate: {}});
      const envelope = await sign(promotion);
      await writeAttestationTag(target, subject.digest, envelope);
      await writeAttestationTag(target, subject.digest, envelope);
      expect(await history()).to.have.length(1);
      const {claims} = await gatherEvidence(target, subject.digest);
      expect(claims).to.have.length(3);
    });

    it('is kept under that tag, and what somebody else adds between its reading and its writing', async () => {
      const {site, target, sign, subject, history} = await world();
      const other = testKey();
      let isFirst = true;
      const overtaken = new Proxy(target, {
        get(of, name: keyof RemoteRepository) {
          if (name !== 'find') {
            const value = Reflect.get(of, name, of) as unknown;
            return typeof value === 'function' ? (value.bind(of) as unknown) : value;
          }
          return async (tag: Tag) => {
            const found = await of.find(tag);
            if (isFirst) {
              isFirst = false;
              const says = {type: 'https://example.com/t', predicate: {}};
              await attest(site, subject.digest, {key: other, form: 'tag', ...says});
            }
            return found;
          };
        },
      });
      await writeAttestationTag(overtaken, subject.digest, await sign(promotion));
      expect(await history()).to.have.length(1);
      const {claims} = await gatherEvidence(target, subject.digest);
      expect(claims).to.have.length(2);
    });

    it('tells and proves nothing when nobody signed it', async () => {
      const {target, subject, digests, history} = await world();
      await writeReferrer(target, unsignedArtifact(promotionStatement(digests, promotion), subject));
      const [found] = await history();
      expect(found?.promotion).to.deep.equal(promotion);
      expect(found?.verifiedBy).to.equal(undefined);
      expect(tellsOfPromotionTo([found!], place)).to.equal(false);
    });
  });
}

describe('a signing key', () => {
  const refusal = (pem: string) => {
    try {
      signingKey(pem, 'env://KEY');
    } catch (error) {
      return (error as Error).message;
    }
    return 'taken';
  };

  it('is refused without showing anything of it', () => {
    expect(refusal('canary-secret')).to.equal(
      'the signing key of env://KEY: it is no private key in PEM, or its passphrase is another',
    );
    expect(refusal('-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\ncanary')).to.contain(
      "cosign's own encryption",
    );
    expect(refusal(testKey().pem)).to.contain('no private key');
  });
});
