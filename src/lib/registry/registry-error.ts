import {json, type Answer} from './exchange.ts';

// distribution-spec §Error Codes; the statuses are those of the CNCF distribution registry
const statuses = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  RANGE_INVALID: 416,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  UNAUTHORIZED: 401,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const;

export type RegistryErrorCode = keyof typeof statuses;

/** A request that the registry refuses, with a code of the distribution specification. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly detail: unknown;
  readonly headers: Answer['headers'];

  constructor(
    code: RegistryErrorCode,
    message: string,
    {detail, headers = {}}: {detail?: unknown; headers?: Answer['headers']} = {},
  ) {
    super(message);
    this.name = 'RegistryError';
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }
}

/** The answer that tells of an error: status and body by distribution-spec §Error Codes. */
export function errorAnswer(error: unknown): Answer {
  const known =
    error instanceof RegistryError
      ? error
      : new RegistryError('UNKNOWN', error instanceof Error ? error.message : String(error));
  const {code, message, detail} = known;
  return json(
    statuses[code],
    {errors: [{code, message, ...(detail !== undefined && {detail})}]},
    known.headers,
  );
}
