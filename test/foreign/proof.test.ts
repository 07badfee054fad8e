// What cosign signs and attests is judged by a policy, and what corectl records is verified by cosign.
import {writeFile} from 'node:fs/promises';
import {generateKeyPairSync} from 'node:crypto';
import path from 'node:path';
import {expect} from 'chai';
import {RemoteRepository} from '../../src/lib/copy/remote-repository.ts';
import {bundleArtifact} from '../../src/lib/record/artifact.ts';
import {promotionPredicate} from '../../src/lib/record/promotion.ts';
import {keySigner} from '../../src/lib/record/signer.ts';
import {signingKeyOf} from '../../src/lib/record/key-service/kept-key.ts';
import {vaultKey} from '../../src/lib/record/key-service/vault.ts';
import {signingKey, type SigningKey} from '../../src/lib/record/signing-key.ts';
import {promotionStatement} from '../../src/lib/record/statement.ts';
import {writeAttestationTag, writeReferrer} from '../../src/lib/record/write.ts';
import {certificateVerifier} from '../../src/lib/evidence/certificates.ts';
import {keylessSigner} from '../../src/lib/record/keyless/keyless.ts';
import {signingServices, type SigningServices} from '../../src/lib/record/keyless/services.ts';
import {sigstoreServices} from '../support/sigstore-services.ts';
import {workshopOfSuite} from '../support/go-tools.ts';
import {keyServices} from '../support/key-services.ts';
import {judge} from '../support/policies.ts';
import {sessionWith} from '../support/promotion.ts';
import {describeWith} from '../support/real-tools.ts';
import {recordedPromotion} from '../support/recorded-promotion.ts';
import {pushIndex} from '../support/registry.ts';
import {testKey, type KeyKind} from '../support/signatures.ts';
import {repositoryOf, sitesOfTest} from '../support/sites.ts';

const kinds: readonly KeyKind[] = ['P-256', 'P-384', 'Ed25519', 'RSA'];
const pairOf = (kind: 'P-256' | 'RSA') =>
  kind === 'RSA'
    ? generateKeyPairSync('rsa', {modulusLength: 2048})
    : generateKeyPairSync('ec', {namedCurve: kind});
const policy = `trust: {build: {key: key.pub}}
require:
  signed: build
  attested: {type: "https://example.com/test/v1", by: build, where: "predicate.result == 'PASSED'"}
`;

describeWith(['cosign'], 'a policy, a record and', function () {
  this.timeout(180_000);
  const sites = sitesOfTest();
  const workshop = workshopOfSuite();
  const cosign = async (...args: string[]) =>
    (await workshop.run('cosign', args, {COSIGN_PASSWORD: '', COSIGN_EXPERIMENTAL: '1'})).toString();

  async function world(kind: KeyKind) {
    const site = await sites.source({uploadQuery: ''});
    const {digest, mediaType, size} = await pushIndex(site.registry, repositoryOf(site), '1.0.0');
    const pair = testKey(kind);
    await writeFile(path.join(workshop.folder, 'key.pem'), pair.privatePem);
    await writeFile(path.join(workshop.folder, 'key.pub'), pair.pem);
    const reference = `${site.registry.host}/${repositoryOf(site)}@${digest}`;
    // version 3 asks its instance what to sign with unless told otherwise, and looks for bundles first
    const isThird = (await cosign('version')).includes('GitVersion:    v3');
    return {site, pair, reference, subject: {digest, mediaType, size}, isThird};
  }

  for (const kind of kinds) {
    it(`what cosign makes with ${kind} satisfies what is demanded`, async () => {
      const {site, pair, reference, subject, isThird} = await world(kind);
      await cosign('import-key-pair', '--key', 'key.pem', '--output-key-prefix', 'imported', '--yes');
      await writeFile(path.join(workshop.folder, 'predicate.json'), '{"result":"PASSED"}');
      const writing = ['--key', 'imported.key', '--allow-http-registry', '--tlog-upload=false', '--yes'];
      const how = isThird ? [...writing, '--use-signing-config=false'] : writing;
      const files = {'key.pub': pair.pem};
      expect((await judge(site, subject.digest, {policy, files})).satisfied).to.equal(false);
      await cosign('sign', ...how, reference);
      await cosign(
        ...[
          'attest',
          ...how,
          '--type',
          'https://example.com/test/v1',
          '--predicate',
          'predicate.json',
          reference,
        ],
      );
      expect((await judge(site, subject.digest, {policy, files})).failures).to.equal('');
    });

    it(`cosign verifies a record that is signed with ${kind}, as a bundle and under its tag`, async () => {
      const made = await world(kind);
      await expectVerified(made, signingKey(made.pair.privatePem, 'the test'));
    });
  }

  for (const kind of ['P-256', 'RSA'] as const) {
    it(`cosign verifies a record that a key service signed with ${kind}, by the public half in PEM`, async () => {
      const services = await keyServices(pairOf(kind));
      try {
        const made = await world(kind);
        await writeFile(path.join(workshop.folder, 'key.pub'), services.pem);
        const login = {
          address: new URL(services.url),
          engine: 'transit',
          headers: {'x-vault-token': services.secret},
        };
        const kept = await vaultKey({service: 'vault', name: 'records'}, {login, via: {}});
        await expectVerified(made, await signingKeyOf(kept));
      } finally {
        await services.close();
      }
    });
  }

  async function expectVerified(
    {site, reference, subject, isThird}: Awaited<ReturnType<typeof world>>,
    key: SigningKey,
  ) {
    const signer = keySigner(key);
    const {envelope, bundle} = await signer.sign(promotionStatement([subject.digest], recordedPromotion));
    const target = new RemoteRepository(sessionWith(site, 'app'));
    await writeFile(
      path.join(workshop.folder, 'root.json'),
      '{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
    );
    const reading = ['--key', 'key.pub', '--allow-http-registry', '--insecure-ignore-tlog'];
    const verify = (...how: string[]) =>
      cosign('verify-attestation', ...reading, ...how, '--type', promotionPredicate, reference);
    await writeReferrer(target, bundleArtifact(bundle, subject));
    const bundles = isThird ? [] : ['--new-bundle-format', '--trusted-root', 'root.json'];
    expect(await verify(...bundles)).to.contain('application/vnd.in-toto+json');
    await writeAttestationTag(target, subject.digest, envelope);
    const tags = isThird ? ['--new-bundle-format=false'] : [];
    expect(await verify(...tags)).to.contain('application/vnd.in-toto+json');
  }

  it('cosign verifies a record that is signed keyless, by its trust root alone', async () => {
    const {site, reference, subject} = await world('P-256');
    const services = await sigstoreServices();
    try {
      const root = services.trustedRoot();
      await writeFile(path.join(workshop.folder, 'trusted_root.json'), root);
      const signer = keylessSigner({
        services: signingServices(JSON.parse(root), services.now) as SigningServices,
        verifier: await certificateVerifier(JSON.parse(root)),
        token: () => Promise.resolve(services.token(pipeline)),
        known: new Map(),
        via: {},
      });
      const {bundle} = await signer.sign(promotionStatement([subject.digest], recordedPromotion));
      await writeReferrer(new RemoteRepository(sessionWith(site, 'app')), bundleArtifact(bundle, subject));
    } finally {
      await services.close();
    }
    const verify = (identity: string) =>
      cosign(
        ...['verify-attestation', '--new-bundle-format', '--trusted-root', 'trusted_root.json'],
        ...['--allow-http-registry', '--type', promotionPredicate],
        ...['--certificate-identity', identity, '--certificate-oidc-issuer', pipeline.issuer, reference],
      );
    expect(await verify(pipeline.subject)).to.contain('application/vnd.in-toto+json');
    const other = await verify(`${pipeline.subject}-evil`).catch((error: unknown) => error);
    expect(String(other)).to.contain('Error');
  });
});

const pipeline = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/acme/payments/.github/workflows/promote.yaml@refs/heads/main',
};
