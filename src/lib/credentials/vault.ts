import {readFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import path from 'node:path';
import {hide} from '../hidden.ts';
import {credentialFailure} from './failures.ts';
import {serviceUrl} from './service.ts';
import {variable} from './variable.ts';

/** How a HashiCorp Vault is reached, as its own variables say. */
export interface VaultLogin {
  readonly address: URL;
  /** The path of the transit engine. */
  readonly engine: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The vault of VAULT_ADDR, with VAULT_TOKEN or what `vault login` left in the home directory, VAULT_NAMESPACE, and
 * TRANSIT_SECRET_ENGINE_PATH. Raises `no-credentials` and `insecure-endpoint`, before anybody is asked.
 */
export async function vaultLogin(env: NodeJS.ProcessEnv): Promise<VaultLogin> {
  const address = variable(env, 'VAULT_ADDR');
  if (address === undefined) throw missing('VAULT_ADDR is not set');
  const token = variable(env, 'VAULT_TOKEN')?.trim() ?? (await tokenAtHome(env));
  if (!/^[\x21-\x7e]+$/.test(token)) throw missing('VAULT_TOKEN is not set, and ~/.vault-token has no token');
  hide(token);
  const namespace = variable(env, 'VAULT_NAMESPACE');
  return {
    address: serviceUrl(address, 'VAULT_ADDR'),
    engine: (variable(env, 'TRANSIT_SECRET_ENGINE_PATH') ?? 'transit').replace(/^\/+|\/+$/g, ''),
    headers: {
      'x-vault-token': token,
      // without it agents and proxies of Vault's may refuse
      'x-vault-request': 'true',
      ...(namespace !== undefined && {'x-vault-namespace': namespace}),
    },
  };
}

async function tokenAtHome(env: NodeJS.ProcessEnv): Promise<string> {
  const file = path.join(env.HOME ?? homedir(), '.vault-token');
  return (await readFile(file, 'utf8').catch(() => '')).trim();
}

const missing = (why: string) =>
  credentialFailure('no-credentials', `records are to be signed with a key of hashivault://, and ${why}`);
