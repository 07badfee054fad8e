import {createPublicKey, verify, type KeyObject} from 'node:crypto';

/** A public key; undefined for what is none in PEM. Raises nothing. */
export function publicKeyIn(pem: string): KeyObject | undefined {
  if (!/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem)) return undefined;
  try {
    const key = createPublicKey(pem);
    return isSupportedKey(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Which keys are taken, for messages. */
export const supportedKeys =
  'an ECDSA (P-256, P-384, P-521), Ed25519 or RSA (2048 bits or more) public key in PEM';

/** Whether a public key is of a kind that is taken. */
export function isSupportedKey({asymmetricKeyType, asymmetricKeyDetails}: KeyObject): boolean {
  switch (asymmetricKeyType) {
    case 'ec':
      return curves.includes(asymmetricKeyDetails?.namedCurve);
    case 'rsa':
      // NIST SP 800-131A: shorter keys are disallowed
      return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
    case 'ed25519':
      return true;
    default:
      return false;
  }
}

/** Whether the signature over the data was made with the key, in any of the ways that signers have for its kind. */
export async function verifiesWith(key: KeyObject, data: Buffer, signature: Buffer): Promise<boolean> {
  if (key.asymmetricKeyType === 'ed25519') {
    return verify(null, data, key, signature) || (await verifiesPrehashed(key, data, signature));
  }
  return hashesFor(key).some((hash) => verify(hash, data, key, signature));
}

const curves: readonly unknown[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** cosign 2 signs with SHA-256 whatever the key is, cosign 3 with the hash that fits the curve. */
function hashesFor({asymmetricKeyDetails}: KeyObject): string[] {
  switch (asymmetricKeyDetails?.namedCurve) {
    case 'secp384r1':
      return ['sha384', 'sha256'];
    case 'secp521r1':
      return ['sha512', 'sha256'];
    default:
      return ['sha256'];
  }
}

/** Ed25519ph (RFC 8032 §5.1), which cosign 3 makes and node:crypto does not know. */
async function verifiesPrehashed(key: KeyObject, data: Buffer, signature: Buffer): Promise<boolean> {
  const {ed25519ph} = await import('./ed25519ph.ts');
  const {x = ''} = key.export({format: 'jwk'});
  try {
    return ed25519ph.verify(signature, data, Buffer.from(x, 'base64url'));
  } catch {
    // a signature of another length
    return false;
  }
}
