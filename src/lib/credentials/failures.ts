import {credentialTroubles, type CredentialCode} from '../credential-troubles.ts';
import {CorectlError, exitCodes} from '../errors.ts';

/** The codes that mean a mistake in what the user typed or set, before anyone was asked. */
const usageCodes: ReadonlySet<CredentialCode> = new Set([
  'insecure-endpoint',
  'unsupported-credential-file',
  'untrusted-host',
  'untrusted-http',
  'untrusted-folder',
  'untrusted-key',
  'no-identity-token',
]);

/** The error of a code: exit code 5, or 2 where nobody was asked yet. `first` are suggestions that come before the usual. */
export function credentialFailure(
  code: CredentialCode,
  message: string,
  {first = [], cause}: {readonly first?: readonly string[]; readonly cause?: unknown} = {},
): CorectlError {
  return new CorectlError({
    code,
    message,
    suggestions: [...first, ...credentialTroubles[code].next],
    exitCode: usageCodes.has(code) ? exitCodes.usage : exitCodes.unreachable,
    cause,
  });
}
