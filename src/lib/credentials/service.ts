import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import {hide} from '../hidden.ts';
import {CorectlError} from '../errors.ts';
import {isLoopback} from '../http/address.ts';
import {OciError} from '../oci-error.ts';
import {printable} from '../printable.ts';
import {registryError} from '../distribution/registry-error.ts';
import {Pace} from '../http/pace.ts';
import {retrying} from '../http/retry.ts';
import {readBody, Wire, type WireOptions} from '../http/wire.ts';
import {credentialFailure} from './failures.ts';

/** How a service is reached, and until when it is waited for. */
export interface Via {
  readonly signal?: AbortSignal | undefined;
  /** Proxies, authorities and the verbose log. */
  readonly wire?: WireOptions | undefined;
}

export interface ServiceRequest extends Via {
  /** For messages: `GitHub's token endpoint`. */
  readonly name: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A form, or a value sent as JSON, or bytes; with one of them the request is a POST. */
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Anything else that is sent. */
  readonly content?: {readonly type: string; readonly bytes: Buffer};
  /** Milliseconds for the answer: 20 s unless told. */
  readonly timeout?: number;
  readonly attempts?: number;
}

export interface ServiceAnswer {
  readonly status: number;
  /** What it says in JSON; empty where it says something else. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Bytes of an answer: a token is a few kilobytes. */
const answerLimit = 1 << 20;

/**
 * Asks a cloud's token service and returns its answer whatever the status, except for overload and the like, which is
 * repeated. No redirect is followed. Raises `token-service-unreachable`.
 */
export async function callService(request: ServiceRequest): Promise<ServiceAnswer> {
  const {name, url, signal, timeout = 20_000, attempts = 4} = request;
  const wire = new Wire({
    ...request.wire,
    limits: {connect: Math.min(timeout, 10_000), answer: timeout, idle: timeout},
  });
  const pace = new Pace();
  const policy = {attempts, delay: 300, longestPause: 30_000};
  try {
    return await retrying({policy, pace, host: url.host, signal}, () =>
      pace.run(url.host, () => once(wire, request), signal),
    );
  } catch (error) {
    if (!(error instanceof OciError) || error.code === 'interrupted') throw error;
    throw credentialFailure('token-service-unreachable', `${name}: ${error.message}`, {cause: error});
  } finally {
    wire.close();
  }
}

/** The URL of a service: https, or http on loopback. Raises `insecure-endpoint`; `what` says where the URL stands. */
export function serviceUrl(value: string, what: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && url.username === '' && url.password === '') {
    if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return url;
  }
  throw credentialFailure(
    'insecure-endpoint',
    `${what}: expected an https URL, found ${printable(url ? url.origin : value, 120)}`,
  );
}

/** Text of an answer's field, or undefined. */
export function textIn(document: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = document[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What a service says about a refusal, as one printable line with its status. */
export function reasonOf({status, document}: ServiceAnswer): string {
  const error = document.error;
  const inner = isRecord(error) ? [textIn(error, 'status'), textIn(error, 'message')] : [];
  // HashiCorp's words
  const listed = Array.isArray(document.errors)
    ? document.errors.filter((one) => typeof one === 'string')
    : [];
  const said = [
    textIn(document, 'error'),
    textIn(document, 'error_description') ?? textIn(document, 'message'),
    ...inner,
    ...listed,
  ].filter((part) => part !== undefined);
  return [`HTTP ${status}`, ...(said.length > 0 ? [printable(said.join(': '), 400)] : [])].join(' ');
}

/** The error for an answer without what it should hold. */
export function notUnderstood(name: string, expected: string, cause?: unknown): CorectlError {
  return credentialFailure('token-service-failed', `${name}: expected ${expected} in the answer`, {cause});
}

// what a service may quote where it refuses it
const secretFields = [
  'refresh_token',
  'client_secret',
  'assertion',
  'client_assertion',
  'subject_token',
  'access_token',
];

const transient = new Set([408, 429, 500, 502, 503, 504]);

async function once(wire: Wire, request: ServiceRequest): Promise<ServiceAnswer> {
  const {name, url, form, signal} = request;
  for (const field of secretFields) hide(form?.[field] ?? '');
  const content = contentOf(request);
  const response = await wire.send({
    method: content === undefined ? 'GET' : 'POST',
    url,
    headers: {
      accept: 'application/json',
      ...(content && {'content-type': content.type}),
      ...request.headers,
    },
    ...(content && {body: content.bytes}),
    signal,
  });
  const status = response.statusCode ?? 0;
  if (transient.has(status)) throw await registryError(response, name, wire.limits.idle);
  const body = await readBody(response, answerLimit, wire.limits.idle);
  return {status, document: documentIn(body), body, headers: response.headers};
}

function contentOf({form, json, content}: ServiceRequest): ServiceRequest['content'] {
  if (form !== undefined) {
    const type = 'application/x-www-form-urlencoded';
    return {type, bytes: Buffer.from(new URLSearchParams(form).toString())};
  }
  return json === undefined ? content : {type: 'application/json', bytes: Buffer.from(JSON.stringify(json))};
}

function documentIn(body: Buffer): Record<string, unknown> {
  const value = parseJson(body);
  return isRecord(value) ? value : {};
}
