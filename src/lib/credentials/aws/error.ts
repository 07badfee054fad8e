import type {CredentialCode} from '../../credential-troubles.ts';
import {CorectlError, messageOf} from '../../errors.ts';
import {printable} from '../../printable.ts';
import {credentialFailure} from '../failures.ts';
import {isUnreachable} from '../library-error.ts';

/** A failure of the AWS SDK as an error of ours; `what` names the call. */
export function awsFailure(error: unknown, what: string): CorectlError {
  if (error instanceof CorectlError) return error;
  const {name, message} = error instanceof Error ? error : {name: '', message: messageOf(error)};
  const said = printable([name, message].filter(Boolean).join(': '), 400);
  return credentialFailure(
    isUnreachable(error) ? 'token-service-unreachable' : codeOf(name, message, what),
    `${what}: ${said}`,
    {cause: error},
  );
}

/** The error's name, which is the API's code. */
export const awsCode = (error: unknown): string => (error instanceof Error ? error.name : '');

function codeOf(name: string, message: string, what: string): CredentialCode {
  if (/No OpenIDConnect provider/i.test(message)) return 'provider-missing';
  if (/^(InvalidIdentityToken|IDPRejectedClaim)/.test(name)) return 'provider-refused';
  if (/^AccessDenied/.test(name)) return what.startsWith('AssumeRole') ? 'role-refused' : 'token-refused';
  if (/^(ExpiredToken|UnrecognizedClient|InvalidClientTokenId|TokenRefreshRequired)/.test(name))
    return 'login-expired';
  if (name === 'CredentialsProviderError') return 'login-expired';
  return 'token-refused';
}
