import {createPrivateKey, createPublicKey, sign, type KeyObject} from 'node:crypto';
import {CorectlError} from '../errors.ts';
import {isSupportedKey, supportedKeys} from '../evidence/public-key.ts';

/** Signs with a private key; whoever has the public one can tell. */
export interface SigningKey {
  readonly publicKey: KeyObject;
  /** A key that somebody else keeps takes its time, and may raise why it does not sign. */
  sign(data: Buffer): Buffer | Promise<Buffer>;
}

/**
 * Reads a private key in PEM (PKCS #8, SEC 1 or PKCS #1), with its passphrase where it is encrypted. Raises
 * `invalid-signing-key`, which shows nothing of it; `where` says where it came from.
 */
export function signingKey(pem: string, where: string, passphrase?: string): SigningKey {
  const key = privateKeyIn(pem, where, passphrase);
  const publicKey = createPublicKey(key);
  if (!isSupportedKey(publicKey)) throw invalid(where, `expected the private half of ${supportedKeys}`);
  return {publicKey, sign: (data) => sign(hashFor(key), data, key)};
}

function privateKeyIn(pem: string, where: string, passphrase: string | undefined): KeyObject {
  if (/-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----/.test(pem)) {
    throw invalid(where, "it is in cosign's own encryption, expected PKCS #8", [
      'make a key with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -out pipeline.key',
      'its public half: openssl pkey -in pipeline.key -pubout -out keys/pipeline.pub',
    ]);
  }
  try {
    return createPrivateKey({key: pem, ...(passphrase !== undefined && {passphrase})});
  } catch {
    // the library's reason may quote what it was given
    throw invalid(where, 'it is no private key in PEM, or its passphrase is another');
  }
}

/** SHA-256 whatever the curve: `cosign verify-attestation --key` of versions 2 and 3 takes no other hash. Ed25519 has its own. */
const hashFor = ({asymmetricKeyType}: KeyObject): string | null =>
  asymmetricKeyType === 'ed25519' ? null : 'sha256';

function invalid(where: string, why: string, suggestions: readonly string[] = []): CorectlError {
  return new CorectlError({
    code: 'invalid-signing-key',
    message: `the signing key of ${where}: ${why}`,
    suggestions,
  });
}
