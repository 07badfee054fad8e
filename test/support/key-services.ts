// Services that keep keys and sign with them, on one loopback port: Google's Cloud KMS, AWS KMS, Azure Key Vault and HashiCorp Vault.
import {constants, generateKeyPairSync, privateEncrypt, randomBytes, type KeyObject} from 'node:crypto';
import {p256} from '@noble/curves/nist.js';
import {readBody} from '../../src/lib/registry/body.ts';
import {empty, json, type Answer, type Exchange} from '../../src/lib/registry/exchange.ts';
import {listen} from '../../src/lib/registry/listener.ts';
import type {RequestLog} from '../../src/lib/registry/request-log.ts';
import {isSignedWith} from './aws-signature.ts';
import {plant} from './canary.ts';

export interface KeyServices {
  readonly host: string;
  readonly url: string;
  readonly log: RequestLog;
  /** The public half of the key, in PEM. */
  readonly pem: string;
  /** What whoever may sign shows: a bearer for Google and Azure, a token of Vault's, the secret of an access key. */
  readonly secret: string;
  /** What is answered instead, while it says something. */
  fault: Fault | undefined;
  close(): Promise<void>;
}

export interface Fault {
  /** `key` or `sign`: what goes wrong. */
  readonly at: 'key' | 'sign';
  readonly answer: Answer | 'another key' | 'nothing';
  /** How often it goes well before. */
  readonly after?: number;
}

/** How AWS knows who asks. */
export const accessKey = 'AKIAIOSFODNN7EXAMPLE';

/** Starts them, with one key for all: on P-256 unless another pair is given. */
export async function keyServices(
  pair = generateKeyPairSync('ec', {namedCurve: 'P-256'}),
): Promise<KeyServices> {
  const secret = `hvs.canary-${randomBytes(24).toString('hex')}`;
  plant(secret);
  const another = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  let times = 0;
  const listener = await listen(async (exchange) => {
    const body = await readBody(exchange.body, 1 << 20);
    const login = loginAt(exchange, body, secret);
    if (login !== undefined) return login;
    const call = callIn(exchange, body, secret);
    if (call === undefined) return json(403, {errors: ['permission denied'], error: {message: 'no'}});
    const {fault} = services;
    if (fault?.at !== call.what || times++ < (fault.after ?? 0)) return answerTo(call, pair);
    if (fault.answer === 'nothing') return new Promise<Answer>(() => undefined);
    return fault.answer === 'another key' ? answerTo(call, another) : fault.answer;
  });
  const pem = pair.publicKey.export({type: 'spki', format: 'pem'}).toString();
  const {host, url, log} = listener;
  const close = () => listener.close();
  const services: KeyServices = {host, url, log, pem, secret, fault: undefined, close};
  return services;
}

/** The token services of Google and Microsoft Entra, and GitHub's: whoever asks may sign. */
function loginAt({path, query}: Exchange, body: Buffer, secret: string): Answer | undefined {
  const form = new URLSearchParams(body.toString());
  const isVault = form.get('scope') === 'https://vault.azure.net/.default';
  if (path === '/google-token' || (path === '/tenant/oauth2/v2.0/token' && isVault))
    return json(200, {access_token: secret, expires_in: 3600});
  if (path === '/id-token' && query.includes('AzureADTokenExchange'))
    return json(200, {value: 'an.id.token'});
  return undefined;
}

interface Call {
  readonly what: 'key' | 'sign' | 'versions';
  readonly service: 'gcp' | 'aws' | 'azure' | 'vault';
  readonly document: Readonly<Record<string, unknown>>;
}

/** What is asked for, by somebody who may. */
function callIn(exchange: Exchange, body: Buffer, secret: string): Call | undefined {
  const {path, headers} = exchange;
  const document = (body.length > 0 ? JSON.parse(body.toString()) : {}) as Record<string, unknown>;
  const isSign = exchange.method === 'POST';
  const what = isSign ? ('sign' as const) : ('key' as const);
  const isBearer = headers.authorization === `Bearer ${secret}`;
  if (/^\/gcp\/v1\/projects\/p\/locations\/europe\/keyRings\/r\/cryptoKeys\/k\/cryptoKeyVersions/.test(path))
    return isBearer
      ? {service: 'gcp', what: path.endsWith('Versions') ? 'versions' : what, document}
      : undefined;
  if (/^\/keys\/records\/(?:\w+)?/.test(path) && exchange.query === 'api-version=7.4')
    return isBearer ? {service: 'azure', what, document} : undefined;
  if (/^\/v1\/(?:transit|team\/transit)\/(?:keys\/records|sign\/records\/sha2-256)$/.test(path))
    return headers['x-vault-token'] === secret ? {service: 'vault', what, document} : undefined;
  if (!isSignedWith(secret, exchange, body)) return undefined;
  const operation = String(headers['x-amz-target']).split('.').at(-1);
  return {service: 'aws', what: operation === 'Sign' ? 'sign' : 'key', document};
}

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function answerTo({what, service, document}: Call, pair: Pair): Answer {
  const pem = pair.publicKey.export({type: 'spki', format: 'pem'}).toString();
  const version = 'projects/p/locations/europe/keyRings/r/cryptoKeys/k/cryptoKeyVersions';
  if (what === 'versions')
    return json(200, {cryptoKeyVersions: ['9', '10', '2'].map((number) => ({name: `${version}/${number}`}))});
  if (what === 'key') {
    switch (service) {
      case 'gcp':
        return json(200, {pem, algorithm: 'EC_SIGN_P256_SHA256'});
      case 'aws': {
        const der = pair.publicKey.export({type: 'spki', format: 'der'});
        return json(200, {KeyId: document.KeyId, PublicKey: der.toString('base64'), KeyUsage: 'SIGN_VERIFY'});
      }
      case 'azure': {
        const {kty = '', ...numbers} = pair.publicKey.export({format: 'jwk'});
        const key = {...numbers, kty: `${kty}-HSM`, kid: 'https://elsewhere.example.com/keys/records/0a1b'};
        return json(200, {key});
      }
      case 'vault':
        return json(200, {data: {latest_version: 2, keys: {1: {}, 2: {public_key: pem}}}});
    }
  }
  return signed({service, document}, pair.privateKey);
}

function signed({service, document}: Pick<Call, 'service' | 'document'>, key: KeyObject): Answer {
  const {digest, Message: message, value, input} = document;
  switch (service) {
    case 'gcp':
      return json(200, {signature: over((digest as {sha256: string}).sha256, key).toString('base64')});
    case 'aws':
      if (document.MessageType !== 'DIGEST') return empty(400);
      return json(200, {Signature: over(String(message), key).toString('base64')});
    case 'azure':
      return json(200, {value: over(String(value), key, 'compact').toString('base64url')});
    case 'vault':
      if (document.prehashed !== true || document.key_version !== 2) return empty(400);
      return json(200, {data: {signature: `vault:v2:${over(String(input), key).toString('base64')}`}});
  }
}

/** The object identifier of SHA-256 before its hash (RFC 8017 §9.2, note 1). */
const sha256Info = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** A signature over a digest, which node:crypto makes with RSA alone. */
function over(digest: string, key: KeyObject, format: 'der' | 'compact' = 'der'): Buffer {
  const hash = Buffer.from(digest, 'base64');
  if (key.asymmetricKeyType === 'rsa')
    return privateEncrypt({key, padding: constants.RSA_PKCS1_PADDING}, Buffer.concat([sha256Info, hash]));
  const secret = Buffer.from(key.export({format: 'jwk'}).d ?? '', 'base64url');
  return Buffer.from(p256.sign(hash, secret, {prehash: false, format}));
}
