import {createHash, createPublicKey, verify, type JsonWebKey, type KeyObject} from 'node:crypto';
import pLimit from 'p-limit';
import {credentialFailure} from '../../credentials/failures.ts';
import {callService, notUnderstood, reasonOf, type ServiceRequest} from '../../credentials/service.ts';
import {CorectlError, exitCodes} from '../../errors.ts';
import {isSupportedKey} from '../../evidence/public-key.ts';
import {printable} from '../../printable.ts';
import type {SigningKey} from '../signing-key.ts';

/** One version of a key that a service keeps. */
export interface KeptKey {
  /** For messages. */
  readonly name: string;
  readonly publicKey: KeyObject;
  /** Signs a SHA-256: in DER with ECDSA, by PKCS #1 v1.5 with RSA. Raises `key-service-refused` and what asking raises. */
  sign(digest: Buffer): Promise<Buffer>;
}

/** Statements that a service is given together. */
const atOnce = 4;

/** No envelope and no image's payload begins like this: what is signed on trial can be taken for neither. */
const trial = Buffer.from('corectl asks whether records may be signed with this key');

/**
 * A key of a service as one of the process's own. It is tried once, so that what keeps it from signing is known before anything is
 * written, and each signature is verified before it is used. Raises `invalid-signing-key` and `signing-failed`, and what the
 * service's refusals raise.
 */
export async function signingKeyOf(key: KeptKey): Promise<SigningKey> {
  if (!isSuited(key.publicKey)) throw unsuitedKey(key.name, kindOf(key.publicKey));
  const limit = pLimit(atOnce);
  const sign = async (data: Buffer) => {
    const signature = await key.sign(createHash('sha256').update(data).digest());
    if (!isBy(key.publicKey, data, signature)) throw signedByAnother(key);
    return signature;
  };
  await sign(trial);
  return {publicKey: key.publicKey, sign: (data) => limit(() => sign(data))};
}

/**
 * What a service answers in JSON. Raises `key-service-refused` for any status but 200, and what callService raises. Waits as
 * long as for registries.
 */
export async function answerOf(request: ServiceRequest): Promise<Readonly<Record<string, unknown>>> {
  const timeout = request.wire?.limits?.answer;
  const answer = await callService({...request, ...(timeout !== undefined && {timeout})});
  if (answer.status !== 200) throw refusedKey(`${request.name}: ${reasonOf(answer)}`);
  return answer.document;
}

/** `key-service-refused` */
export const refusedKey = (message: string, cause?: unknown): CorectlError =>
  credentialFailure('key-service-refused', message, {cause});

/** `invalid-signing-key`, for a key of another kind. */
export const unsuitedKey = (name: string, found: string): CorectlError =>
  new CorectlError({
    code: 'invalid-signing-key',
    message: `${name}: expected ECDSA on P-256, or RSA (PKCS #1 v1.5, 2048 bits or more), with SHA-256, found ${printable(found, 100)}`,
    suggestions: ['make a key of such a kind: cosign verifies records by no other of a key service'],
  });

/** A public key as a service told it, in PEM, DER or as a JSON web key. Raises `token-service-failed`. */
export function publicKeyFrom(told: string | Buffer | JsonWebKey, name: string): KeyObject {
  try {
    if (typeof told === 'string') return createPublicKey(told);
    return Buffer.isBuffer(told)
      ? createPublicKey({key: told, format: 'der', type: 'spki'})
      : createPublicKey({key: told, format: 'jwk'});
  } catch (error) {
    throw notUnderstood(name, 'a public key', error);
  }
}

/**
 * ECDSA on P-256, and RSA: `cosign verify-attestation --key` of versions 2 and 3 takes SHA-256 alone, and services bind other
 * curves to other hashes.
 */
const isSuited = (key: KeyObject): boolean =>
  isSupportedKey(key) &&
  (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyDetails?.namedCurve === 'prime256v1');

function isBy(key: KeyObject, data: Buffer, signature: Buffer): boolean {
  try {
    return verify('sha256', data, key, signature);
  } catch {
    return false;
  }
}

function kindOf({asymmetricKeyType, asymmetricKeyDetails}: KeyObject): string {
  const {namedCurve, modulusLength} = asymmetricKeyDetails ?? {};
  return [asymmetricKeyType, namedCurve ?? modulusLength].filter(Boolean).join(' ');
}

const signedByAnother = ({name}: KeptKey): CorectlError =>
  new CorectlError({
    code: 'signing-failed',
    message: `the record of this promotion cannot be signed: ${name} answered a signature that is not by the key that it told before`,
    exitCode: exitCodes.unreachable,
    suggestions: [
      'find out whether the key was replaced meanwhile, and who answers there; then run the same command again',
    ],
  });
