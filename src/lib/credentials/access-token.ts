import {hide} from '../hidden.ts';
import {notUnderstood, textIn, type ServiceAnswer} from './service.ts';

/** An access token of a cloud's, with its end in milliseconds of the epoch. */
export interface AccessToken {
  readonly token: string;
  readonly expires?: number | undefined;
}

/** The token in an OAuth2 answer (RFC 6749 §5.1). Raises `token-service-failed`. */
export function tokenIn(name: string, {document}: ServiceAnswer): AccessToken {
  const token = textIn(document, 'access_token');
  if (token === undefined) throw notUnderstood(name, 'an access token');
  hide(token);
  const seconds = Number(document.expires_in);
  return {token, ...(seconds > 0 && {expires: Date.now() + seconds * 1000})};
}
