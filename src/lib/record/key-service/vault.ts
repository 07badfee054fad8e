import {notUnderstood, textIn, type Via} from '../../credentials/service.ts';
import type {VaultLogin} from '../../credentials/vault.ts';
import {decodeBase64} from '../../evidence/base64.ts';
import {isRecord} from '../../is-record.ts';
import type {KeyAddress} from './address.ts';
import {answerOf, publicKeyFrom, type KeptKey} from './kept-key.ts';

/**
 * The latest version of a key of HashiCorp Vault's transit engine, or of OpenBao's (Vault API, secret/transit). Raises
 * `key-service-refused` and what asking raises.
 */
export async function vaultKey(
  {name: keyName}: KeyAddress & {service: 'vault'},
  {login, via}: {readonly login: VaultLogin; readonly via: Via},
): Promise<KeptKey> {
  const name = `Vault key ${keyName} at ${login.address.host}`;
  const ask = engineOf(name, login, via);
  const {keys, latest_version: version} = await ask(`keys/${keyName}`);
  const latest = isRecord(keys) && typeof version === 'number' ? keys[String(version)] : undefined;
  const pem = isRecord(latest) ? textIn(latest, 'public_key') : undefined;
  if (pem === undefined) throw notUnderstood(name, 'a public key');
  return {
    name,
    publicKey: publicKeyFrom(pem, name),
    sign: async (digest) => {
      const input = digest.toString('base64');
      const how = {prehashed: true, signature_algorithm: 'pkcs1v15', marshaling_algorithm: 'asn1'};
      const answer = await ask(`sign/${keyName}/sha2-256`, {input, key_version: version, ...how});
      const bytes = decodeBase64(textIn(answer, 'signature')?.replace(/^vault:v\d+:/, ''));
      if (bytes === undefined) throw notUnderstood(name, 'a signature');
      return bytes;
    },
  };
}

/** Asks the transit engine that the login names for what is below a path; `name` is who is asked, for messages. */
function engineOf(name: string, {address, engine, headers}: VaultLogin, via: Via) {
  return async (path: string, json?: unknown): Promise<Record<string, unknown>> => {
    const url = new URL(address);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${engine}/${path}`;
    const {data} = await answerOf({...via, ...{name, url, headers}, ...(json !== undefined && {json})});
    return isRecord(data) ? data : {};
  };
}
