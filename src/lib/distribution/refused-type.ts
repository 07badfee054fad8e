import {OciError} from '../oci-error.ts';

/** Codes of registries that take only some types of manifests. */
const refusals = ['MANIFEST_INVALID', 'UNSUPPORTED'];

/**
 * A failed PUT of a manifest; where the registry seems to refuse manifests of that type, with what to do about it. Some take
 * no type but OCI's (distribution-spec, §Pushing Manifests, leaves it to them).
 */
export function typeRefused(error: unknown, mediaType: string): unknown {
  if (!(error instanceof OciError) || !isRefusal(error, mediaType)) return error;
  return error.with({suggestions: [...error.suggestions, suggestionFor(mediaType)]});
}

function isRefusal({status, registryCodes}: OciError, mediaType: string): boolean {
  if (status === 415) return true;
  return isDocker(mediaType) && registryCodes.some((code) => refusals.includes(code));
}

function suggestionFor(mediaType: string): string {
  const otherwise = isDocker(mediaType) ? ', or build the image with OCI media types' : '';
  return `the registry may not take manifests of type ${mediaType}: have it accept them${otherwise}`;
}

const isDocker = (mediaType: string): boolean => mediaType.startsWith('application/vnd.docker.');
