import {expect} from 'chai';
import {mayBeShown, mayUseHttp, noConsents, type Consents} from '../../../src/lib/credentials/consents.ts';
import {parseHostPattern} from '../../../src/lib/oci/host-pattern.ts';

const allowing = (trusted: readonly string[], http: readonly string[] = []): Consents => ({
  ...noConsents,
  trustedHosts: trusted.map((text) => parseHostPattern(text)!),
  plainHttp: http.map((text) => parseHostPattern(text)!),
});
const https = (host: string) => ({host, plainHttp: false});
const http = (host: string) => ({host, plainHttp: true});

describe('a cloud’s token', () => {
  const own = {
    gcp: [
      'europe-west2-docker.pkg.dev',
      'northamerica-northeast1-docker.pkg.dev',
      'us-docker.pkg.dev',
      'gcr.io',
      'eu.gcr.io',
      'asia.gcr.io:443',
    ],
    aws: [
      '012345678901.dkr.ecr.eu-west-2.amazonaws.com',
      '012345678901.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
      '012345678901.dkr.ecr.cn-north-1.amazonaws.com.cn',
      '012345678901.dkr-ecr.us-west-2.on.aws',
      '012345678901.dkr-ecr-fips.us-east-1.on.aws',
    ],
    azure: ['acme.azurecr.io', 'acme-d3fbcqgahbc5anhv.azurecr.io', 'acme.azurecr.cn', 'acme.azurecr.us'],
  } as const;
  const rented = {
    gcp: [
      'evil.pkg.dev',
      'evil-docker.pkg.dev',
      'europe-west2-docker.pkg.dev.evil.example',
      'europe-west2-docker.pkg.dev:8443',
      'evil.gcr.io',
      'xgcr.io',
      'evil.run.app',
    ],
    aws: [
      'abcdefgh.lambda-url.eu-west-2.on.aws',
      'abc123.execute-api.eu-west-2.amazonaws.com',
      'bucket.s3.eu-west-2.amazonaws.com',
      'ec2-1-2-3-4.compute-1.amazonaws.com',
      '012345678901.dkr.ecr.eu-west-2.amazonaws.com.evil.example',
      '12345.dkr.ecr.eu-west-2.amazonaws.com',
      'x.012345678901.dkr.ecr.eu-west-2.amazonaws.com',
    ],
    azure: ['azurecr.io', 'a.b.azurecr.io', 'evil.azurecr.io.example', 'evil.azurewebsites.net'],
  } as const;

  for (const vendor of ['gcp', 'aws', 'azure'] as const) {
    it(`of ${vendor} goes to that cloud's registries`, () => {
      for (const host of own[vendor])
        expect(mayBeShown(vendor, https(host), noConsents), host).to.equal(true);
    });

    it(`of ${vendor} goes to no host that anyone can rent, no other cloud's, and no port of this machine`, () => {
      const others = (['gcp', 'aws', 'azure'] as const)
        .filter((one) => one !== vendor)
        .flatMap((one) => own[one]);
      for (const host of [...rented[vendor], ...others, '127.0.0.1:5000', 'localhost', '[::1]:5000'])
        expect(mayBeShown(vendor, https(host), noConsents), host).to.equal(false);
    });
  }

  it('goes where the user says, to the very port', () => {
    const consents = allowing(['Harbor.example.com', '127.0.0.1:5000', '*.lab.example.com']);
    for (const host of [
      'harbor.example.com',
      'harbor.example.com:443',
      '127.0.0.1:5000',
      'a.b.lab.example.com',
    ])
      expect(mayBeShown('gcp', https(host), consents), host).to.equal(true);
    for (const host of [
      'harbor.example.com:8443',
      'xharbor.example.com',
      'harbor.example.com.evil.example',
      '127.0.0.1:5001',
      'lab.example.com',
      'evillab.example.com',
      'a.lab.example.com:8443',
    ])
      expect(mayBeShown('gcp', https(host), consents), host).to.equal(false);
  });

  it('has no consent in what is no host', () => {
    for (const text of ['*', '', 'https://harbor.example.com', 'harbor.example.com/path', '*.*.com', 'a b'])
      expect(parseHostPattern(text), text).to.equal(undefined);
  });
});

describe('http', () => {
  it('is spoken on this machine, and elsewhere where the user says so', () => {
    const consents = allowing(['harbor.example.com'], ['registry.lan:5000']);
    for (const host of ['localhost:5000', '127.0.0.1:1', 'registry.lan:5000'])
      expect(mayUseHttp(http(host), consents), host).to.equal(true);
    for (const host of ['harbor.example.com', 'registry.lan', 'registry.lan:5001'])
      expect(mayUseHttp(http(host), consents), host).to.equal(false);
  });

  it("is never spoken to a cloud's registry", () => {
    for (const host of ['gcr.io', 'gcr.io:80', 'acme.azurecr.io:5000'])
      expect(mayUseHttp(http(host), allowing([host], [host])), host).to.equal(false);
  });
});
