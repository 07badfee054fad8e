import type {JsonWebKey} from 'node:crypto';
import {notUnderstood, textIn, type Via} from '../../credentials/service.ts';
import {decodeBase64} from '../../evidence/base64.ts';
import {isRecord} from '../../is-record.ts';
import type {KeyAddress} from './address.ts';
import {answerOf, publicKeyFrom, type KeptKey} from './kept-key.ts';

export interface KeyVault {
  /** Made out to the vault. */
  readonly token: () => Promise<string>;
  readonly via: Via;
}

/** The oldest version of the API that is still supported everywhere. */
const apiVersion = '7.4';

/**
 * A key of Azure Key Vault (Key Vault REST API, Keys): the version that is named, else the current one. Raises
 * `key-service-refused` and what asking raises.
 */
export async function azureKey(
  {endpoint, name: keyName, version = ''}: KeyAddress & {service: 'azure'},
  vault: KeyVault,
): Promise<KeptKey> {
  const name = `Azure Key Vault key ${endpoint.host}/${keyName}`;
  const at = (path: string) => new URL(`/keys/${keyName}/${path}?api-version=${apiVersion}`, endpoint);
  const {key} = await ask(vault, {name, url: at(version)});
  const known = isRecord(key) ? key : {};
  // what signs later is the version that is asked for now; where it is kept is for the URI to say, not for the answer
  const [, current] = /\/([0-9a-z]+)$/.exec(textIn(known, 'kid') ?? '') ?? [];
  if (current === undefined) throw notUnderstood(name, 'the key with its version');
  const publicKey = publicKeyFrom(webKey(known), name);
  const alg = publicKey.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';
  return {
    name,
    publicKey,
    sign: async (digest) => {
      const json = {alg, value: digest.toString('base64url')};
      const signature = decodeBase64((await ask(vault, {name, url: at(`${current}/sign`), json})).value);
      if (signature === undefined) throw notUnderstood(name, 'a signature');
      return alg === 'ES256' ? inDer(signature) : signature;
    },
  };
}

/** Kinds of keys in hardware have names of Azure's own. */
function webKey(key: Readonly<Record<string, unknown>>): JsonWebKey {
  const {kty, crv, x, y, n, e} = key;
  return {kty: String(kty).replace(/-HSM$/, ''), crv, x, y, n, e} as JsonWebKey;
}

/** Two numbers side by side (RFC 7518 §3.4) as the sequence of two integers that envelopes hold (RFC 3279 §2.2.3). */
function inDer(signature: Buffer): Buffer {
  const half = signature.length / 2;
  const integers = [signature.subarray(0, half), signature.subarray(half)].map((number) => {
    const first = number.findIndex((byte) => byte !== 0);
    const digits = number.subarray(first === -1 ? number.length - 1 : first);
    const positive = (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]);
    return Buffer.concat([Buffer.of(0x02, positive.length), positive]);
  });
  const content = Buffer.concat(integers);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}

async function ask(
  {token, via}: KeyVault,
  {name, url, json}: {readonly name: string; readonly url: URL; readonly json?: unknown},
) {
  const headers = {authorization: `Bearer ${await token()}`};
  return answerOf({...via, name, url, headers, ...(json !== undefined && {json})});
}
