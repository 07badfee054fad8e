import type {Side} from '../errors.ts';
import type {Place} from '../access/place.ts';
import {CorectlError, exitCodes, messageOf, type ExitCode} from '../errors.ts';
import type {Digest} from '../oci/digest.ts';

/**
 * A failure of the preflight, told by the side it happened on: exit code 3 for an image that is not in its stage, 5 for
 * everything else that a registry did. Bugs and interruptions are raised again.
 */
export function preflightFailure(error: unknown, place: Place, side: Side): CorectlError {
  const failure = asFailure(error);
  if (failure.code === 'interrupted') throw failure;
  if (side === 'source' && failure.code === 'not-found') return imageNotFound(failure, place);
  return sided(failure, place, side, exitCodes.unreachable);
}

/** A failure while copying or tagging: exit code 1. */
export function promotionFailure(error: unknown, place: Place): CorectlError {
  const failure = asFailure(error);
  if (failure.code === 'interrupted') return failure;
  return sided(failure, place, 'destination', exitCodes.failed);
}

/** A destination tag that points elsewhere: exit code 4. */
export function conflictError(place: Place, existing: Digest, wanted: Digest): CorectlError {
  return new CorectlError({
    code: 'conflict',
    message: `${nameOf(place, 'destination')}: ${place.reference} is ${existing} already, expected ${wanted} or nothing`,
    suggestions: ['promote under a new tag, or move this one with --overwrite'],
    exitCode: exitCodes.conflict,
    side: 'destination',
  });
}

/** `destination prod-eu (prod)` */
function nameOf({label, stage}: Place, side: Side): string {
  return `${side} ${label} (${stage})`;
}

function imageNotFound(failure: CorectlError, place: Place): CorectlError {
  return new CorectlError({
    code: 'image-not-found',
    message: `${nameOf(place, 'source')}: ${place.reference} is not there: ${failure.message.replace(`GET manifest ${place.reference}: `, '')}`,
    suggestions: [
      ...failure.suggestions,
      `check the tag, and that the image has passed ${place.stage}; a registry may also hide what this identity may not read`,
    ],
    exitCode: exitCodes.imageNotFound,
    side: 'source',
    cause: failure,
  });
}

function sided(failure: CorectlError, place: Place, side: Side, exitCode: ExitCode): CorectlError {
  return failure.with({message: `${nameOf(place, side)}: ${failure.message}`, exitCode, side});
}

/** The errors that a user can act upon, as they are; everything else is a bug and is raised. */
function asFailure(error: unknown): CorectlError {
  if (error instanceof CorectlError) return error;
  throw error instanceof Error ? error : new Error(messageOf(error));
}
