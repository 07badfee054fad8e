// What somebody who may push, but does not have the key, tries.
import {expect} from 'chai';
import type {Digest} from '../../../src/lib/oci/digest.ts';
import {promotionPredicate} from '../../../src/lib/record/promotion.ts';
import {judge, type Asked} from '../../support/policies.ts';
import {pushIndex} from '../../support/registry.ts';
import {attachLayer, attest, signImage, testKey, type Form} from '../../support/signatures.ts';
import {repositoryOf, sitesOfTest, type TestSite} from '../../support/sites.ts';

const forms: readonly Form[] = ['tag', 'referrer', 'bundle'];
const hour = 3_600_000;
const [build, security, pipeline, mallory] = [testKey(), testKey(), testKey(), testKey()];
const files = {
  'keys/build.pub': build.pem,
  'keys/security.pub': security.pem,
  'keys/pipeline.pub': pipeline.pem,
};
const trust = `
trust:
  build: {key: keys/build.pub}
  security: {key: keys/security.pub}
  pipeline: {key: keys/pipeline.pub}
require:
`;
const signed = {files, policy: `${trust}  signed: build\n`};
const scanned = {
  files,
  policy: `${trust}  attested: {type: vuln, by: security, max-severity: high, max-age: 7d}\n`,
};
const tested = {
  files,
  policy: `${trust}  attested: {type: "https://example.com/test/v1", by: build, where: "predicate.result == 'PASSED'"}\n`,
};
const soaked = {files, policy: `${trust}  promoted: pipeline\n  soaked: 24h\n`};

const scan = (age: number, result: unknown) => ({
  type: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  predicate: {
    scanner: {uri: 'pkg:trivy', version: '0.60', result},
    metadata: {scanFinishedOn: new Date(Date.now() - age).toISOString()},
  },
});
const clean = {Results: [{Target: 'debian', Vulnerabilities: [{Severity: 'HIGH'}, {Severity: 'LOW'}]}]};

const promoted = (age: number, {stage = 'extended-test', tenant = 'payments'} = {}) => ({
  type: promotionPredicate,
  predicate: {
    tenant,
    image: 'app',
    tags: ['1.0.0'],
    fromStage: 'fast-feedback',
    source: {environment: 'dev', stage: 'fast-feedback', name: 'dev.example.com/app'},
    destinations: [{environment: 'dev', stage, name: 'dev.example.com/app'}],
    policy: {results: []},
    startedAt: new Date(Date.now() - age).toISOString(),
    promoter: {name: 'corectl', version: '1.0.0'},
  },
});

describe('a policy against an attacker', () => {
  const sites = sitesOfTest();

  async function world() {
    const site = await sites.source();
    const image = await pushIndex(site.registry, repositoryOf(site), '1.0.0');
    const other = await pushIndex(site.registry, repositoryOf(site), '2.0.0', {seed: 'other'});
    return {
      site,
      image: image.digest,
      other: other.digest,
      children: image.children.map(({digest}) => digest),
    };
  }

  async function expectRefused(site: TestSite, image: Digest, asked: Asked, why: string) {
    const {satisfied, failures} = await judge(site, image, asked);
    expect(failures).to.contain(why);
    expect(satisfied).to.equal(false);
  }

  async function expectAccepted(site: TestSite, image: Digest, asked: Asked) {
    const {satisfied, failures} = await judge(site, image, asked);
    expect(failures).to.equal('');
    expect(satisfied).to.equal(true);
  }

  it('refuses what is not signed, and says where that is demanded', async () => {
    const {site, image} = await world();
    await expectRefused(site, image, signed, 'corectl.yaml:7 signed: build: no signature');
  });

  for (const form of forms) {
    it(`takes a signature as a ${form}`, async () => {
      const {site, image} = await world();
      await signImage(site, image, {key: build, form});
      await expectAccepted(site, image, signed);
    });

    it(`refuses a signature by another key as a ${form}, and does not let it hide the right one`, async () => {
      const {site, image} = await world();
      await signImage(site, image, {key: mallory, form});
      await expectRefused(site, image, signed, 'none by build; signed by another key');
      await signImage(site, image, {key: build, form});
      await expectAccepted(site, image, signed);
    });

    it(`refuses a signature of another digest that was copied along as a ${form}`, async () => {
      const {site, image, other} = await world();
      await signImage(site, other, {key: build, form, to: image});
      await expectRefused(site, image, signed, 'was made for another');
    });

    it(`does not take an attestation as a ${form} for a signature, whoever made it`, async () => {
      const {site, image} = await world();
      await attest(site, image, {key: build, form, type: 'https://example.com/test/v1', predicate: {}});
      await expectRefused(site, image, signed, 'no signature');
    });

    it(`refuses a record that was forged with the build's key as a ${form}`, async () => {
      const {site, image} = await world();
      await attest(site, image, {key: build, form, ...promoted(48 * hour)});
      const {failures} = await judge(site, image, soaked);
      expect(failures.match(/none by pipeline; signed by another key/g)).to.have.length(2);
    });
  }

  it('takes a good form beside forms of others and broken ones', async () => {
    const {site, image} = await world();
    const alien = [
      {bytes: Buffer.from('eyJ'), mediaType: 'application/jose+json'},
      {bytes: Buffer.from('no JSON'), mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json'},
      {bytes: Buffer.from('{}'), mediaType: 'application/vnd.dsse.envelope.v1+json'},
    ];
    for (const one of alien)
      await attachLayer(site, image, {layer: {...one, annotations: {}}, form: 'referrer', suffix: ''});
    await expectRefused(site, image, signed, 'not what its media type');
    await signImage(site, image, {key: build, form: 'bundle'});
    await expectAccepted(site, image, signed);
  });

  it('refuses an index that nobody signed, whatever of its children is signed', async () => {
    const {site, image, children} = await world();
    await signImage(site, children[0]!, {key: build});
    await expectRefused(site, image, signed, 'no signature');
    await signImage(site, children[1]!, {key: build});
    await expectRefused(site, image, signed, 'no signature');
    await signImage(site, image, {key: build});
    await expectAccepted(site, image, signed);
  });

  it('refuses a statement that says something else than the condition', async () => {
    const {site, image} = await world();
    const type = 'https://example.com/test/v1';
    await attest(site, image, {key: build, type, predicate: {result: 'FAILED'}});
    await expectRefused(site, image, tested, "it does not hold that predicate.result == 'PASSED'");
    await attest(site, image, {key: build, type, predicate: {}, form: 'bundle'});
    await expectRefused(site, image, tested, 'cannot be evaluated: No such key: result');
    await attest(site, image, {key: mallory, type, predicate: {result: 'PASSED'}});
    await expectRefused(site, image, tested, 'it does not hold');
    await attest(site, image, {key: build, type, predicate: {result: 'PASSED'}, form: 'referrer'});
    await expectAccepted(site, image, tested);
  });

  for (const statement of ['v0.1', 'v1']) {
    it(`reads statements of ${statement}`, async () => {
      const {site, image} = await world();
      const predicate = {result: 'PASSED'};
      await attest(site, image, {key: build, type: 'https://example.com/test/v1', predicate, statement});
      await expectAccepted(site, image, tested);
    });
  }

  describe('and a report of vulnerabilities', () => {
    const rows: Record<string, {report: ReturnType<typeof scan>; why: string}> = {
      'that is old': {report: scan(8 * 24 * hour, clean), why: 'the report is 8 days old, more than 7d'},
      'from the future': {report: scan(-hour, clean), why: 'from the future'},
      'without results': {report: scan(hour, {}), why: 'partial'},
      'in which a severity is missing': {
        report: scan(hour, {Results: [{Vulnerabilities: [{Severity: 'LOW'}, {}]}]}),
        why: 'partial',
      },
      'with something critical': {
        report: scan(hour, {Results: [{Vulnerabilities: [{Severity: 'CRITICAL'}]}]}),
        why: 'the report has 1 above high, up to critical',
      },
      'with a severity that the scanner does not know': {
        report: scan(hour, {matches: [{vulnerability: {severity: 'Unknown'}}]}),
        why: '1 above high',
      },
      'with a score of 9.8': {
        report: scan(hour, [{id: 'CVE-1', severity: [{method: 'cvss_score', score: '9.8'}]}]),
        why: '1 above high',
      },
    };
    for (const [what, {report, why}] of Object.entries(rows)) {
      it(`refuses one ${what}`, async () => {
        const {site, image} = await world();
        await attest(site, image, {key: security, ...report});
        await expectRefused(site, image, scanned, why);
      });
    }

    it('refuses one of another image', async () => {
      const {site, image, other} = await world();
      await attest(site, other, {key: security, ...scan(hour, clean), to: image});
      await expectRefused(site, image, scanned, 'is about another');
    });

    it('counts the newest one, not the best one', async () => {
      const {site, image} = await world();
      await attest(site, image, {key: security, ...scan(2 * hour, clean)});
      await expectAccepted(site, image, scanned);
      const worse = scan(hour, {Results: [{Vulnerabilities: [{Severity: 'CRITICAL'}]}]});
      await attest(site, image, {key: security, ...worse});
      await expectRefused(site, image, scanned, 'above high');
    });
  });

  describe('and a soak', () => {
    it('takes a record that is old enough', async () => {
      const {site, image} = await world();
      await attest(site, image, {key: pipeline, ...promoted(25 * hour), form: 'bundle'});
      await expectAccepted(site, image, soaked);
    });

    it('refuses one that is too young, and says how long it was', async () => {
      const {site, image} = await world();
      await attest(site, image, {key: pipeline, ...promoted(5 * hour)});
      await expectRefused(site, image, soaked, 'soaked: 24h: in extended-test for 5 hours');
    });

    it('refuses a record from the future: one of the clocks is wrong', async () => {
      const {site, image} = await world();
      await attest(site, image, {key: pipeline, ...promoted(-hour)});
      await expectRefused(site, image, soaked, 'the clock here, or that of the recorder, is wrong');
    });

    it('refuses a record of a promotion into another stage, or of another tenant', async () => {
      const {site, image} = await world();
      await attest(site, image, {key: pipeline, ...promoted(48 * hour, {stage: 'soak'})});
      await attest(site, image, {key: pipeline, ...promoted(48 * hour, {tenant: 'evil'})});
      await expectRefused(site, image, soaked, 'no record of its promotion into extended-test');
    });

    it('refuses a record that is no such record', async () => {
      const {site, image} = await world();
      await attest(site, image, {key: pipeline, type: promotionPredicate, predicate: {}});
      await expectRefused(site, image, soaked, 'records that cannot be read');
    });
  });

  it('refuses where referrers cannot be listed, although a good signature is there', async () => {
    const {site, image} = await world();
    await signImage(site, image, {key: build});
    site.registry.faults.add({path: /\/referrers\//, action: {status: 403}});
    await expectRefused(site, image, signed, 'does not tell what refers to it');
  });

  it('fails where referrers answer 500', async () => {
    const {site, image} = await world();
    await signImage(site, image, {key: build});
    site.registry.faults.add({path: /\/referrers\//, action: {status: 500}});
    const outcome = await judge(site, image, signed).catch((error: unknown) => error);
    expect(outcome).to.be.an('error').with.property('message').that.contains('HTTP 500');
  });

  const broken: Record<string, {policy: string; why: string}> = {
    'a misspelt rule': {policy: '  singed: build\n', why: '"singed" (did you mean signed?)'},
    'a misspelt identity': {policy: '  signed: biuld\n', why: 'an identity of p2p.trust such as build'},
    'an unknown predicate': {
      policy: '  attested: {type: slsaa, by: build}\n',
      why: 'a predicate type: slsa, vuln',
    },
    'a field that is not looked at': {
      policy: '  attested: {type: spdx, by: build, max-age: 7d}\n',
      why: 'expected max-age with type vuln only',
    },
    'a condition that is no CEL': {
      policy: '  attested: {type: spdx, by: build, where: "predicate.a =="}\n',
      why: 'expected a condition in CEL',
    },
    'a condition over nothing': {
      policy: '  attested: {type: spdx, by: build, where: "result == 1"}\n',
      why: 'Unknown variable: result',
    },
    'a soak without a record': {policy: '  soaked: 24h\n', why: 'expected promoted beside soaked'},
    'an empty rule': {
      policy: '  signed:\n  max-age: 90d\n',
      why: 'expected an identity of p2p.trust, found nothing',
    },
    'no rule at all': {policy: '  mode: warn\n', why: 'at least one rule'},
    'an empty list': {policy: '  signed: []\n', why: 'at least one'},
    'a mode that there is not': {policy: '  mode: warm\n  signed: build\n', why: 'enforce or warn'},
    'a length of time without a unit': {policy: '  max-age: 90\n', why: 'a length of time'},
  };
  for (const [what, {policy, why}] of Object.entries(broken)) {
    it(`refuses everything by a policy with ${what}`, async () => {
      const {site, image} = await world();
      await signImage(site, image, {key: build});
      const {satisfied, failures} = await judge(site, image, {files, policy: `${trust}${policy}`});
      expect(failures).to.contain(why);
      expect(satisfied).to.equal(false);
    });
  }

  it('refuses where a key is missing, or is none', async () => {
    const {site, image} = await world();
    await signImage(site, image, {key: build});
    await expectRefused(site, image, {...signed, files: {}}, 'there is no keys/build.pub');
    await expectRefused(site, image, {...signed, files: {'keys/build.pub': 'x'}}, 'is not an ECDSA');
  });

  it('lists every rule that fails, and lets warnings pass', async () => {
    const {site, image} = await world();
    const rules =
      '  signed: build\n  promoted: pipeline\n  platforms: [linux/amd64, linux/s390x]\n  max-age: 90d\n';
    const enforced = await judge(site, image, {files, policy: trust + rules});
    const warned = await judge(site, image, {files, policy: `${trust}  mode: warn\n${rules}`});
    expect(enforced.failures.split('\n')).to.deep.equal([
      'corectl.yaml:7 signed: build: no signature',
      'corectl.yaml:8 promoted: pipeline: no record of a promotion',
      'corectl.yaml:9 platforms: linux/amd64, linux/s390x: linux/amd64, linux/arm64, and not linux/s390x',
      'corectl.yaml:10 max-age: 90d: the image does not say when it was built',
    ]);
    expect([enforced.satisfied, warned.satisfied]).to.deep.equal([false, true]);
  });
});
