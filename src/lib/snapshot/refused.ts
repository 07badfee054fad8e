import {type CorectlError, exitCodes} from '../errors.ts';
import type {OciError} from '../oci-error.ts';

/** What a registry refuses with, as the error of a whole snapshot: nothing was printed. */
export function refused(error: OciError): CorectlError {
  return error.with({
    exitCode: error.code === 'interrupted' ? exitCodes.interrupted : exitCodes.unreachable,
  });
}
