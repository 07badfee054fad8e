import type {ImagePlace, Place} from '../access/place.ts';
import {CorectlError, exitCodes, interrupted, messageOf, type ExitCode, type Side} from '../errors.ts';
import type {Digest} from '../oci/digest.ts';

/**
 * A failure of the preflight, told by the side it happened on: exit code 3 for an image that is not in its stage, 5 for
 * everything else that a registry did. An interruption stays what it is; bugs are raised again.
 */
export function preflightFailure(error: unknown, place: ImagePlace, side: Side): CorectlError {
  const failure = asFailure(error);
  if (isInterruption(failure)) return failure;
  if (side === 'source' && failure.code === 'not-found') return imageNotFound(failure, place);
  return told(failure, {place, side}, exitCodes.unreachable);
}

/**
 * A failure while copying or tagging, told by the side it happened on: exit code 1. Content that cannot be read is the
 * source's failure, whichever destination waits for it. An interruption stays what it is; bugs are raised again.
 */
export function promotionFailure(
  error: unknown,
  {source, destination}: {readonly source: Place; readonly destination: Place},
): CorectlError {
  const failure = asFailure(error);
  if (isInterruption(failure)) return failure;
  const side = failure.side ?? 'destination';
  return told(failure, {side, place: side === 'source' ? source : destination}, exitCodes.failed);
}

/** A destination tag that points elsewhere: exit code 4. */
export function conflictError(place: ImagePlace, existing: Digest, wanted: Digest): CorectlError {
  return new CorectlError({
    code: 'conflict',
    message: `${nameOf(place, 'destination')}: ${place.reference} is ${existing} already, expected ${wanted} or nothing`,
    suggestions: ['promote under a new tag, or move this one with --overwrite'],
    exitCode: exitCodes.conflict,
    side: 'destination',
  });
}

/** Whether it was the user who ended it. */
export const isInterruption = ({code}: CorectlError): boolean => code === 'interrupted';

/** The error of a promotion that the user ended. */
export const promotionInterrupted = (): CorectlError =>
  interrupted(['run the same command again: it finishes what was left']);

/** `destination prod-eu (prod)` */
function nameOf({label, stage}: Place, side: Side): string {
  return stage === null ? `${side} ${label}` : `${side} ${label} (${stage})`;
}

function imageNotFound(failure: CorectlError, place: ImagePlace): CorectlError {
  const why = failure.message.replace(`GET manifest ${place.reference}: `, '');
  const stage = place.stage === null ? '' : `, and that the image has passed ${place.stage}`;
  return new CorectlError({
    code: 'image-not-found',
    message: `${nameOf(place, 'source')}: ${place.reference} is not there: ${why}`,
    suggestions: [
      ...failure.suggestions,
      `check the tag${stage}; a registry may also hide what this identity may not read`,
    ],
    exitCode: exitCodes.imageNotFound,
    side: 'source',
    cause: failure,
  });
}

function told(
  failure: CorectlError,
  {place, side}: {readonly place: Place; readonly side: Side},
  exitCode: ExitCode,
): CorectlError {
  const suggestions = failure.suggestions.length > 0 ? failure.suggestions : [nextStep(failure, side)];
  return failure.with({message: `${nameOf(place, side)}: ${failure.message}`, suggestions, exitCode, side});
}

/** What to do about a failure that does not say so itself. */
function nextStep({code}: CorectlError, side: Side): string {
  switch (code) {
    case 'digest-mismatch':
    case 'size-mismatch':
      return `the ${side} gives other content than it names: push the image there again, or ask whoever runs the registry`;
    case 'not-found':
      return side === 'source'
        ? 'push the whole image to the source again'
        : 'check that the repository exists and that this identity may see it';
    case 'invalid-manifest':
    case 'invalid-descriptor':
    case 'unsupported-manifest':
    case 'manifest-too-large':
      return 'build and push the image again with a current tool';
    case 'not-a-registry':
      return 'check the registry host, and what answers in its place: a proxy or a web server';
    case 'refused-redirect':
    case 'refused-realm':
      return 'nothing was sent there; ask whoever runs the registry';
    case 'tag-changed':
      return 'find out who promotes to the same tag, then run the same command again';
    case 'rate-limited':
      return 'run the same command again later: it goes on where it stopped';
    default:
      return 'run the same command again: it finishes what was left; --verbose shows each request';
  }
}

/** The errors that a user can act upon, as they are; everything else is a bug and is raised. */
function asFailure(error: unknown): CorectlError {
  if (error instanceof CorectlError) return error;
  throw error instanceof Error ? error : new Error(messageOf(error));
}
