import {expect} from 'chai';
import {publicKeyIn, verifiesWith} from '../../../src/lib/evidence/public-key.ts';
import {testKey, type KeyKind} from '../../support/signatures.ts';

const data = Buffer.from('what was signed');
const kinds: readonly KeyKind[] = ['P-256', 'P-384', 'P-384 with SHA-256', 'Ed25519', 'Ed25519ph', 'RSA'];

describe('a public key', () => {
  for (const kind of kinds) {
    it(`verifies what was signed by ${kind}, and nothing else`, async () => {
      const key = testKey(kind);
      const publicKey = publicKeyIn(key.pem)!;
      const signature = key.sign(data);
      const other = testKey(kind).sign(data);
      expect(await verifiesWith(publicKey, data, signature)).to.equal(true);
      expect(await verifiesWith(publicKey, Buffer.from('something else'), signature)).to.equal(false);
      expect(await verifiesWith(publicKey, data, other)).to.equal(false);
      expect(await verifiesWith(publicKey, data, Buffer.alloc(0))).to.equal(false);
      expect(await verifiesWith(publicKey, data, Buffer.from('short'))).to.equal(false);
    });
  }

  it('is none where a private key, a certificate or anything else stands', () => {
    const key = testKey();
    expect(publicKeyIn(key.privatePem)).to.equal(undefined);
    expect(publicKeyIn('')).to.equal(undefined);
    expect(publicKeyIn('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n')).to.equal(undefined);
  });
});
