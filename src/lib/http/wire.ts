import http, {type Agent, type AgentOptions, type ClientRequest, type IncomingMessage} from 'node:http';
import https from 'node:https';
import type {Socket} from 'node:net';
import {TLSSocket} from 'node:tls';
import {hideAuthorization} from '../hidden.ts';
import {onAbort} from '../on-abort.ts';
import {redactUrl} from './redaction.ts';
import {wireError} from './wire-error.ts';
import {OciError, ociError} from '../oci-error.ts';
import type {Rates} from './rates.ts';
import {withLargeBodies} from './large-body.ts';
import {SpareConnections} from './spare-connections.ts';
import {Warnings} from './warnings.ts';

/** Time limits in milliseconds. */
export interface Limits {
  /** Until a connection stands, TLS included. */
  readonly connect: number;
  /** From the end of a request until its answer begins. */
  readonly answer: number;
  /** The same for the end of an upload: the registry may hash and move what it got. */
  readonly commit: number;
  /** Without any progress while bytes should flow, in either direction. */
  readonly idle: number;
  /** For all that is asked about one image at one place before anything is written. */
  readonly preflight: number;
}

export const defaultLimits: Limits = {
  connect: 15_000,
  answer: 60_000,
  commit: 300_000,
  idle: 60_000,
  preflight: 900_000,
};

/** What the wire needs from outside; everything has a default. */
export interface WireOptions {
  readonly limits?: Partial<Limits>;
  /** Gets one line for each request that was answered or failed; free of secrets. */
  readonly trace?: (line: string) => void;
  /** Gets each warning that a host adds to its answers, once, as one printable line. */
  readonly warn?: (warning: string) => void;
  readonly userAgent?: string;
  /** Certificates in PEM of authorities to be trusted; Node's own when absent. */
  readonly ca?: readonly string[] | undefined;
  /** How many requests a second some hosts get at most: the same for all wires of a process. */
  readonly rates?: Rates | undefined;
  /** The agent for a URL that is reached through a proxy. */
  readonly proxyAgent?: ((url: URL) => Agent | undefined) | undefined;
  /** What opens a request; Node's http and https when absent. */
  readonly request?: ((url: URL, options: https.RequestOptions) => ClientRequest) | undefined;
}

export interface WireRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal?: AbortSignal | undefined;
}

// connections kept for each origin; more than the requests that are ever in flight to one host
const maxSockets = 64;
const agentOptions: AgentOptions = {keepAlive: true, maxSockets, scheduling: 'lifo'};
// some registries answer with signed locations of several kilobytes
const maxHeaderBytes = 65_536;

/** Sends HTTP requests over kept connections. One attempt each: no redirects, no retries, no authorization. */
export class Wire {
  readonly limits: Limits;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #warnings: Warnings | undefined;
  readonly #rates: Rates | undefined;
  readonly #userAgent: string;
  readonly #ca: string[] | undefined;
  readonly #proxyAgent: (url: URL) => Agent | undefined;
  readonly #request: WireOptions['request'];
  readonly #http = withLargeBodies(new http.Agent(agentOptions));
  readonly #https = withLargeBodies(new https.Agent(agentOptions));
  readonly #spare = {http: new SpareConnections(this.#http), https: new SpareConnections(this.#https)};

  constructor(options: WireOptions = {}) {
    this.limits = {...defaultLimits, ...options.limits};
    this.#trace = options.trace;
    this.#warnings = options.warn && new Warnings(options.warn);
    this.#rates = options.rates;
    this.#userAgent = options.userAgent ?? 'corectl';
    this.#ca = options.ca && [...options.ca];
    this.#proxyAgent = options.proxyAgent ?? (() => undefined);
    this.#request = options.request;
  }

  /**
   * Sends a request whose body, if any, is in memory; resolves when the answer's headers are there. The answer's body is
   * to be read or discarded by the caller. Raises `unreachable`, `tls`, `timeout` or `interrupted`.
   */
  async send(request: WireRequest): Promise<IncomingMessage> {
    if (this.#rates !== undefined) await this.turn(request.url, request.signal);
    const outgoing = this.open(request);
    outgoing.end(request.body);
    return this.answer(outgoing, request, this.limits.answer);
  }

  /** Connects for so many requests that will go to a host together soon, if one went there before; not through proxies. */
  expect(url: URL, requests: number): void {
    if (this.#proxyAgent(url) !== undefined) return;
    this.#spare[url.protocol === 'https:' ? 'https' : 'http'].open(url, Math.min(requests, maxSockets));
  }

  /** Resolves when the host's rate has room for one more request: `send` waits for it, before `open` it is the caller's to do. */
  async turn({host}: URL, signal?: AbortSignal): Promise<void> {
    await this.#rates?.turn(host, signal);
  }

  /** Opens a request for the caller to write its body to; `answer` then waits for the answer. */
  open({method, url, headers, body, signal}: WireRequest): ClientRequest {
    if (headers?.authorization !== undefined) hideAuthorization(headers.authorization);
    const secure = url.protocol === 'https:';
    const proxy = this.#proxyAgent(url);
    const request = this.#request ?? (secure ? https : http).request;
    const outgoing = request(url, {
      method,
      agent: proxy ?? (secure ? this.#https : this.#http),
      ...(secure && this.#ca && {ca: this.#ca}),
      maxHeaderSize: maxHeaderBytes,
      headers: {
        'user-agent': this.#userAgent,
        ...headers,
        ...((body !== undefined || method === 'POST') && {'content-length': String(body?.length ?? 0)}),
      },
    });
    if (signal !== undefined) breakOff(outgoing, signal);
    // whoever waits for the answer meets the error; one that comes when nobody waits any more must not end the process
    outgoing.on('error', () => undefined);
    limitConnecting(outgoing, this.limits.connect, proxy !== undefined);
    return outgoing;
  }

  /** Waits for the answer to an opened request; `limit` milliseconds count from the end of its body. */
  async answer(outgoing: ClientRequest, request: WireRequest, limit: number): Promise<IncomingMessage> {
    const started = performance.now();
    try {
      const response = await answerOf(outgoing, limit);
      this.#log(request, `${response.statusCode ?? 0}`, started);
      this.#warnings?.read(request.url.host, response.rawHeaders);
      return response;
    } catch (error) {
      const failure = wireError(error, request.url, request.signal);
      if (failure.code === 'unreachable') this.#dropUnused(request.url, {kept: outgoing.reusedSocket});
      this.#log(request, failure.message, started);
      throw failure;
    }
  }

  /** Closes all connections that are kept. */
  close(): void {
    this.#spare.http.close();
    this.#spare.https.close();
    this.#http.destroy();
    this.#https.destroy();
  }

  /** A connection that turned out to be dead is not the only one: those that nobody uses are as old. */
  #dropUnused({protocol, hostname, port}: URL, {kept}: {kept: boolean}): void {
    const secure = protocol === 'https:';
    const host = `${hostname.replace(/^\[|\]$/g, '')}:${port || (secure ? '443' : '80')}`;
    this.#spare[secure ? 'https' : 'http'].close(host);
    if (!kept) return;
    for (const [name, sockets = []] of Object.entries((secure ? this.#https : this.#http).freeSockets))
      if (name.startsWith(`${host}:`)) for (const socket of [...sockets]) socket.destroy();
  }

  #log({method, url}: WireRequest, outcome: string, started: number): void {
    this.#trace?.(`${method} ${redactUrl(url)} → ${outcome} (${Math.round(performance.now() - started)} ms)`);
  }
}

/** Bytes a second, a modem's: an answer that is no blob may not be slower once it has taken longer than the idle limit. */
export const lowestPace = 4096;

/**
 * The whole body of an answer. Raises `registry-error` as soon as it is larger than `limit` bytes, `timeout` when it comes
 * too slowly, be it without a pause, and `unreachable` when it breaks off.
 */
export async function readBody(response: IncomingMessage, limit: number, idle: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const slow = new PaceTimer(response, idle, () => length);
  try {
    for await (const chunk of flowing(response, idle)) {
      length += chunk.length;
      if (length > limit) throw ociError('registry-error', `the answer is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    response.destroy();
    throw error instanceof OciError ? error : ociError('unreachable', 'the answer broke off', {cause: error});
  } finally {
    slow.stop();
  }
}

/** The chunks of an answer. A sender that shows no progress for `idle` milliseconds while it is waited for is a `timeout`. */
async function* flowing(response: IncomingMessage, idle: number): AsyncGenerator<Buffer, void, undefined> {
  const timer = new IdleTimer(response, idle);
  try {
    timer.start();
    for await (const chunk of response) {
      timer.stop();
      yield chunk as Buffer;
      timer.start();
    }
  } finally {
    timer.end();
  }
}

/** Ends an answer as a `timeout` when, beyond `grace` milliseconds, it came more slowly than the lowest pace. */
class PaceTimer {
  readonly #started = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(response: IncomingMessage, grace: number, length: () => number) {
    const look = () => {
      const left = grace + (length() * 1000) / lowestPace - (performance.now() - this.#started);
      if (left > 0) this.#timer = setTimeout(look, left);
      else
        response.destroy(ociError('timeout', `the answer comes with less than ${lowestPace} bytes a second`));
    };
    look();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

interface Stoppable {
  destroy(reason: Error): unknown;
}

/**
 * Ends an answer or a request as a `timeout` when it is waited for longer than so many milliseconds. One timer for all waits:
 * there are two for each piece of content, and setting one for each costs more than looking at the clock.
 */
export class IdleTimer {
  readonly #stream: Stoppable;
  readonly #idle: number;
  readonly #message: string;
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Stoppable, idle: number, message = `no data for ${idle} ms`) {
    this.#stream = stream;
    this.#idle = idle;
    this.#message = message;
    this.#look();
  }

  /** Waiting begins. */
  start(): void {
    this.#since = performance.now();
  }

  /** Waiting is over. */
  stop(): void {
    this.#since = undefined;
  }

  /** Nothing is waited for any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const waited = this.#since === undefined ? 0 : performance.now() - this.#since;
    if (waited >= this.#idle) this.#stream.destroy(ociError('timeout', this.#message));
    else
      this.#timer = setTimeout(() => {
        this.#look();
      }, this.#idle - waited);
  }
}

/** Reads an unwanted body to its end when it is small, so that the connection can be used again. */
export function discard(response: IncomingMessage): void {
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  if (response.statusCode === 204 || response.statusCode === 304 || length <= 65_536) response.resume();
  else response.destroy();
  response.on('error', () => undefined);
}

function answerOf(outgoing: ClientRequest, limit: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const overdue = () => outgoing.destroy(ociError('timeout', `no answer within ${limit} ms`));
    const startClock = () => (timer ??= setTimeout(overdue, limit));
    if (outgoing.writableFinished) startClock();
    else outgoing.once('finish', startClock);
    const closed = () => {
      clearTimeout(timer);
      reject(new Error('the connection was closed'));
    };
    outgoing.once('response', (response) => {
      clearTimeout(timer);
      outgoing.off('finish', startClock).off('close', closed);
      resolve(response);
    });
    outgoing.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.once('close', closed);
  });
}

/** As Node's option `signal` does, which looks after every kind of stream and takes 8 % of a request's processor time. */
function breakOff(outgoing: ClientRequest, signal: AbortSignal): void {
  const forget = onAbort(signal, () => {
    outgoing.destroy(new Error('the request was broken off', {cause: signal.reason}));
  });
  outgoing.once('close', forget);
}

/** One that was opened before it was needed may be shaking hands. */
const isConnecting = (socket: Socket): boolean =>
  socket.connecting || (socket instanceof TLSSocket && socket.alpnProtocol === null);

function limitConnecting(outgoing: ClientRequest, limit: number, proxied: boolean): void {
  const overdue = () => outgoing.destroy(ociError('timeout', `no connection within ${limit} ms`));
  // a socket from a proxy comes when it is connected; one of our own agents may wait in its queue before it connects
  let timer = proxied ? setTimeout(overdue, limit) : undefined;
  const clear = () => {
    clearTimeout(timer);
  };
  outgoing.once('close', clear).once('socket', (socket) => {
    clear();
    if (!isConnecting(socket)) return;
    timer = setTimeout(overdue, limit);
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', clear).once('close', clear);
  });
}
