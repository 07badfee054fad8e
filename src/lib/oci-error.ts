import {CorectlError, exitCodes, type ExitCode, type Side} from './errors.ts';

/** What went wrong with a registry or with what it holds. */
export type OciErrorCode =
  | 'invalid-reference'
  | 'invalid-digest'
  | 'invalid-descriptor'
  | 'invalid-manifest'
  | 'unsupported-manifest'
  | 'manifest-too-large'
  | 'not-found'
  | 'unauthorized'
  | 'denied'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'rate-limited'
  | 'registry-error'
  | 'not-a-registry'
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'refused-redirect'
  | 'refused-realm'
  | 'tag-changed'
  | 'invalid-layout'
  | 'layout-busy'
  | 'file-error'
  | 'interrupted';

export interface OciErrorOptions {
  readonly suggestions?: readonly string[];
  readonly cause?: unknown;
  /** The HTTP status that the registry answered with, if it did. */
  readonly status?: number | undefined;
  /** The codes in the registry's answer: `MANIFEST_BLOB_UNKNOWN`. */
  readonly registryCodes?: readonly string[];
  /** Milliseconds that the registry asked to wait. */
  readonly retryAfter?: number | undefined;
  readonly exitCode?: ExitCode;
  readonly side?: Side | undefined;
}

/** A failure on the wire or in the content, before anyone knows which environment it belongs to. */
export class OciError extends CorectlError {
  declare readonly code: OciErrorCode;
  readonly status: number | undefined;
  readonly registryCodes: readonly string[];
  readonly retryAfter: number | undefined;

  constructor(code: OciErrorCode, message: string, options: OciErrorOptions = {}) {
    super({
      code,
      message,
      suggestions: options.suggestions ?? [],
      exitCode: options.exitCode ?? exitCodes.failed,
      side: options.side,
      cause: options.cause,
    });
    this.name = 'OciError';
    this.status = options.status;
    this.registryCodes = options.registryCodes ?? [];
    this.retryAfter = options.retryAfter;
  }

  /** The same failure told in other words: what is not named stays, and this error becomes the cause. */
  override with({
    code,
    message,
    ...changes
  }: Partial<{code: OciErrorCode; message: string} & OciErrorOptions>): OciError {
    const {suggestions, status, registryCodes, retryAfter, exitCode, side} = this;
    return new OciError(code ?? this.code, message ?? this.message, {
      suggestions,
      status,
      registryCodes,
      retryAfter,
      exitCode,
      side,
      cause: this,
      ...changes,
    });
  }
}

/** Shorthand for a new OciError. */
export function ociError(code: OciErrorCode, message: string, options?: OciErrorOptions): OciError {
  return new OciError(code, message, options);
}
