import {algorithmOf, type Digest} from '../oci/digest.ts';
import {OciError} from '../oci-error.ts';

/** What a registry refused, with the likely reason where the content has a digest that not every registry keeps. */
export function withDigestAdvice(error: unknown, digest: Digest): unknown {
  const algorithm = algorithmOf(digest);
  if (algorithm === 'sha256' || !(error instanceof OciError) || error.status !== 400) return error;
  const advice = `the registry may not keep content that is named by ${algorithm}; all keep sha256`;
  return error.with({suggestions: [advice, ...error.suggestions]});
}
