import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';

/** The claims of a JSON web token, unverified: for display and to know its end. Empty for what is no such token. */
export function claimsIn(token: string): Readonly<Record<string, unknown>> {
  const value = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url'));
  return isRecord(value) ? value : {};
}
