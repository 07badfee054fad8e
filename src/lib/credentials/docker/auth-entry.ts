import type {AuthEntry} from './auths.ts';
import {dockerConfigError} from './config.ts';
import type {Credential} from '../../distribution/credential.ts';

/** The credential that an entry of `auths` holds. Raises `docker-config` naming the file and key, never the value. */
export function credentialIn({key, fields}: AuthEntry, file: string): Credential {
  const text = (field: string): string => {
    const value = fields[field] ?? '';
    if (typeof value === 'string') return value;
    throw dockerConfigError(file, `expected text at auths[${JSON.stringify(key)}].${field}`);
  };
  if (text('registrytoken') !== '') return {kind: 'bearer', token: text('registrytoken')};
  if (text('identitytoken') !== '') return {kind: 'identity-token', token: text('identitytoken')};
  if (text('auth') === '') return {kind: 'basic', username: text('username'), password: text('password')};
  const login = decode(text('auth'));
  if (login) return {kind: 'basic', ...login};
  throw dockerConfigError(file, `expected base64 of "user:password" at auths[${JSON.stringify(key)}].auth`);
}

/** Padding is optional, the password may hold colons, and some tools leave NULs at the end. */
function decode(auth: string): {username: string; password: string} | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(auth.trim())) return undefined;
  const text = Buffer.from(auth.trim(), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  return {username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '')};
}
