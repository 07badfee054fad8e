import type {Hash} from 'node:crypto';
import {ociError} from '../oci-error.ts';

declare const verified: unique symbol;

/** `algorithm:hex` whose grammar was checked, so that it may stand in a URL (image-spec, descriptor.md §Digests). */
export type Digest = string & {readonly [verified]: 'digest'};

const hexLength = {sha256: 64, sha512: 128} as const;
type Algorithm = keyof typeof hexLength;

/** Whether the text is a digest that corectl can verify. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && problemOf(text) === undefined;
}

/** The text as a digest. Raises `invalid-digest` telling what is wrong with it. */
export function parseDigest(text: string): Digest {
  const problem = problemOf(text);
  if (problem !== undefined)
    throw ociError('invalid-digest', `invalid digest ${JSON.stringify(text)}: ${problem}`);
  return text as Digest;
}

/** The digest of the bytes, with sha256 unless told otherwise. */
export function digestOf(bytes: Uint8Array, algorithm: Algorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}

/** Whether the bytes are what the digest names. */
export function matches(digest: Digest, bytes: Uint8Array): boolean {
  return digestOf(bytes, algorithmOf(digest)) === digest;
}

/** A running hash of the digest's algorithm: `isDigestOf(hash, digest)` tells whether what it has seen is the content. */
export function hashFor(digest: Digest): Hash {
  return createHash(algorithmOf(digest));
}

/** Ends the hash and compares. */
export function isDigestOf(hash: Hash, digest: Digest): boolean {
  return `${algorithmOf(digest)}:${hash.digest('hex')}` === digest;
}

/** Node's cryptography is loaded with the first digest that is computed: commands that compute none start without it. */
const createHash = (algorithm: Algorithm): Hash =>
  process.getBuiltinModule('node:crypto').createHash(algorithm);

/** The algorithm's name, the part before the colon. */
export function algorithmOf(digest: Digest): Algorithm {
  return digest.slice(0, digest.indexOf(':')) as Algorithm;
}

function problemOf(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return 'expected sha256: and 64 hexadecimal digits';
  const [algorithm, hex] = [text.slice(0, colon), text.slice(colon + 1)];
  if (!(algorithm in hexLength) || !Object.hasOwn(hexLength, algorithm)) {
    return `unsupported digest algorithm, expected sha256 or sha512`;
  }
  const length = hexLength[algorithm as Algorithm];
  if (hex.length !== length) return `expected ${length} hexadecimal digits, found ${hex.length} characters`;
  return /^[a-f0-9]+$/.test(hex) ? undefined : 'expected lower-case hexadecimal digits only';
}
