import {notUnderstood, textIn, type Via} from '../../credentials/service.ts';
import {decodeBase64} from '../../evidence/base64.ts';
import {isRecord} from '../../is-record.ts';
import type {KeyAddress} from './address.ts';
import {answerOf, publicKeyFrom, refusedKey, unsuitedKey, type KeptKey} from './kept-key.ts';

export interface CloudKms {
  /** Google's own, or gcloud's override of it. */
  readonly endpoint: URL;
  readonly token: () => Promise<string>;
  readonly via: Via;
}

/**
 * A key of Google's Cloud KMS (Cloud KMS API, v1): the version that is named, else the newest that is enabled. Raises
 * `key-service-refused` and what asking raises.
 */
export async function googleKey(
  {key, version}: KeyAddress & {service: 'gcp'},
  kms: CloudKms,
): Promise<KeptKey> {
  const newest = version ?? (await newestVersion(key, kms));
  const path = `${key}/cryptoKeyVersions/${newest}`;
  const name = `Cloud KMS key ${path}`;
  const document = await ask(kms, {name, path: `${path}/publicKey`});
  // the hash belongs to the key: SHA-512, or the padding of PSS, would come out as a signature that is not the key's
  const [algorithm, pem] = [textIn(document, 'algorithm'), textIn(document, 'pem')];
  if (algorithm === undefined || pem === undefined) throw notUnderstood(name, 'a public key');
  if (!/^(?:EC_SIGN_P256|RSA_SIGN_PKCS1_\d+)_SHA256$/.test(algorithm)) throw unsuitedKey(name, algorithm);
  return {
    name,
    publicKey: publicKeyFrom(pem, name),
    sign: async (digest) => {
      const json = {digest: {sha256: digest.toString('base64')}};
      const signature = decodeBase64(
        (await ask(kms, {name, path: `${path}:asymmetricSign`, json})).signature,
      );
      if (signature === undefined) throw notUnderstood(name, 'a signature');
      return signature;
    },
  };
}

async function newestVersion(key: string, kms: CloudKms): Promise<string> {
  const name = `Cloud KMS key ${key}`;
  const query = {filter: 'state=ENABLED', pageSize: '1000'};
  const {cryptoKeyVersions: all} = await ask(kms, {name, path: `${key}/cryptoKeyVersions`, query});
  const numbers = (Array.isArray(all) ? all : []).flatMap((one: unknown) => {
    const [, number] = /\/cryptoKeyVersions\/(\d+)$/.exec((isRecord(one) && textIn(one, 'name')) || '') ?? [];
    return number === undefined ? [] : [Number(number)];
  });
  if (numbers.length === 0) throw refusedKey(`${name}: no version of it is enabled`);
  return String(Math.max(...numbers));
}

interface Question {
  readonly name: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

async function ask({endpoint, token, via}: CloudKms, {name, path, query, json}: Question) {
  const url = new URL(`v1/${path}`, endpoint);
  url.search = new URLSearchParams(query).toString();
  const headers = {authorization: `Bearer ${await token()}`};
  return answerOf({...via, name, url, headers, ...(json !== undefined && {json})});
}
