import {CorectlError} from '../../errors.ts';
import {reasonOf, type ServiceAnswer} from '../../credentials/service.ts';

/** An address below that of a service. */
export function below(service: URL, path: string): URL {
  const url = new URL(service);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
  return url;
}

/** `signing-failed`, for a service that does not do its part, or not in a way that is understood. */
export const refusedBy = (name: string, answer: ServiceAnswer): CorectlError =>
  signingFailed(`${name}: ${reasonOf(answer)}`);

/** `signing-failed`: there is no record, and nothing is promoted without it. */
export const signingFailed = (why: string): CorectlError =>
  new CorectlError({
    code: 'signing-failed',
    message: `the record of this promotion cannot be signed: ${why}`,
    suggestions: [
      'check that the token is made out to sigstore, and that the authority knows its issuer',
      'then run the same command again: nothing is promoted without its record',
    ],
  });
