import {expect} from 'chai';
import {foreignEndpoint, parseKeyAddress} from '../../../../src/lib/record/key-service/address.ts';

const id = '1234abcd-12ab-34cd-56ef-1234567890ab';
const arn = `arn:aws:kms:us-east-2:111122223333:key/${id}`;
const google = 'projects/p/locations/global/keyRings/r/cryptoKeys/k';

describe("the address of a service's key", () => {
  const known: Record<string, object> = {
    [`awskms:///${id}`]: {service: 'aws', keyId: id},
    [`awskms:///${arn}`]: {service: 'aws', keyId: arn, region: 'us-east-2'},
    'awskms:///alias/records/prod': {service: 'aws', keyId: 'alias/records/prod'},
    [`awskms://kms.eu-west-2.amazonaws.com/mrk-${id.replaceAll('-', '')}`]: {region: 'eu-west-2'},
    [`gcpkms://${google}`]: {service: 'gcp', key: google},
    [`gcpkms://${google}/versions/3`]: {key: google, version: '3'},
    [`gcpkms://${google}/cryptoKeyVersions/3`]: {key: google, version: '3'},
    'azurekms://acme.vault.azure.net/records/0123abcd': {
      service: 'azure',
      name: 'records',
      version: '0123abcd',
    },
    'hashivault://records.v1': {service: 'vault', name: 'records.v1'},
  };
  for (const [uri, parts] of Object.entries(known)) {
    it(`is read as cosign reads it: ${uri}`, () => {
      expect(parseKeyAddress(uri)).to.deep.include(parts);
    });
  }

  const wrong = [
    'awskms://',
    'awskms:///',
    'awskms:///../x',
    `awskms://user@evil.example.com/${id}`,
    `awskms:///arn:aws:kms:evil.example.com#:111122223333:key/${id}`,
    `awskms:///arn:aws:kms:us-east-2:111122223333:key/../${id}`,
    'gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/..',
    'gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1:destroy',
    'gcpkms://projects/p/../../locations/l/keyRings/r/cryptoKeys/k',
    'azurekms://acme.vault.azure.net@evil.example.com/k',
    'azurekms://acme.vault.azure.net/k/../x',
    'azurekms://evil.example.com?/k',
    'azurekms://acme.vault.azure.net/k\n',
    'hashivault://../sys/seal',
    'hashivault://a/b',
    'k8s://namespace/key',
  ];
  for (const uri of wrong) {
    it(`is none: ${JSON.stringify(uri)}`, () => {
      expect(parseKeyAddress(uri)).to.equal(undefined);
    });
  }

  const foreign: Record<string, string | undefined> = {
    [`awskms://evil.example.com/${id}`]: 'https://evil.example.com',
    [`awskms://kms.eu-west-2.amazonaws.com.evil.example.com/${id}`]:
      'https://kms.eu-west-2.amazonaws.com.evil.example.com',
    [`awskms://x.lambda-url.eu-west-2.on.aws/${id}`]: 'https://x.lambda-url.eu-west-2.on.aws',
    [`awskms://kms.eu-west-2.amazonaws.com:8443/${id}`]: 'https://kms.eu-west-2.amazonaws.com:8443',
    [`awskms://localhost:4566/${id}`]: 'http://localhost:4566',
    [`awskms://KMS.eu-west-2.amazonaws.com/${id}`]: undefined,
    [`awskms:///${id}`]: undefined,
    'azurekms://evil.example.com/k': 'https://evil.example.com',
    'azurekms://a.b.vault.azure.net/k': 'https://a.b.vault.azure.net',
    'azurekms://vault.azure.net.example.com/k': 'https://vault.azure.net.example.com',
    'azurekms://acme.vault.azure.net/k': undefined,
    'azurekms://acme.managedhsm.azure.net/k': undefined,
    'hashivault://k': undefined,
  };
  for (const [uri, endpoint] of Object.entries(foreign)) {
    it(`${endpoint === undefined ? 'is at home' : 'leads elsewhere'}: ${uri}`, () => {
      const address = parseKeyAddress(uri);
      expect(address).not.to.equal(undefined);
      expect(foreignEndpoint(address!)?.origin).to.equal(endpoint);
    });
  }
});
