import {createHash, timingSafeEqual} from 'node:crypto';
import type {User} from './access.ts';

/** The user whom an `Authorization: Basic` header names with the right password. */
export function userOf(header: string, users: readonly User[]): User | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString();
  const colon = pair.indexOf(':');
  return authenticated({name: pair.slice(0, colon), password: pair.slice(colon + 1)}, users);
}

/** The user of that name, if the password is theirs. */
export function authenticated(
  {name, password}: {name: string; password: string},
  users: readonly User[],
): User | undefined {
  return users.find((user) => user.name === name && isSameSecret(user.password, password));
}

/** Compares in a time that does not tell how much was right. */
export function isSameSecret(one: string, other: string): boolean {
  const [a, b] = [one, other].map((secret) => createHash('sha256').update(secret).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
