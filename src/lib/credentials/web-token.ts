import {isRecord} from '../is-record.ts';

/** The claims of a JSON web token, unverified: for display and to know its end. Empty for what is no such token. */
export function claimsIn(token: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
