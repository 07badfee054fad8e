// Requests to registries of the same process without sockets: what Node's http would tell a client, for a third of the time.
import type {ClientRequest, IncomingHttpHeaders, IncomingMessage, ServerResponse} from 'node:http';
import type {RequestOptions} from 'node:https';
import {Readable, Writable} from 'node:stream';
import type {Answer, Exchange, Handler, Intercept} from '../../src/lib/registry/exchange.ts';
import {errorAnswer} from '../../src/lib/registry/registry-error.ts';

/** A registry as it is reached. */
export interface DirectRegistry {
  readonly handle: Handler;
  readonly intercept?: Intercept;
}

export interface DirectOptions {
  /** By `127.0.0.1:port`. */
  readonly registries: ReadonlyMap<string, DirectRegistry>;
  /** How many turns of the event loop a request, or its answer, is under way: what makes one overtake another. */
  readonly turns: () => number;
}

/** Requests that reach their registries by a function call, for `WireOptions.request`. */
export class DirectRequests {
  readonly #options: DirectOptions;
  readonly #open = new Set<Promise<void>>();

  constructor(options: DirectOptions) {
    this.#options = options;
  }

  readonly request = (url: URL, options: RequestOptions): ClientRequest => {
    const outgoing = new DirectRequest(url, options);
    const served = this.#serve(outgoing).finally(() => this.#open.delete(served));
    this.#open.add(served);
    // of node:http's request, this has all that the wire uses
    return outgoing as object as ClientRequest;
  };

  /** Resolves as soon as no registry is at work on a request any more. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  async #serve(outgoing: DirectRequest): Promise<void> {
    await pass(this.#options.turns());
    if (outgoing.destroyed) return;
    const registry = this.#options.registries.get(outgoing.url.host);
    if (registry === undefined) {
      outgoing.destroy(broken('ECONNREFUSED', `connect ECONNREFUSED ${outgoing.url.host}`));
      return;
    }
    const next: Handler = (inner) => registry.handle(inner).catch(errorAnswer);
    const exchange = exchangeOf(outgoing);
    // what fails here is a body that broke off: nothing more can be said on this connection
    const answer = await (registry.intercept?.(exchange, next) ?? next(exchange)).catch(() => undefined);
    await pass(this.#options.turns());
    if (answer === undefined) outgoing.destroy(broken('ECONNRESET', 'socket hang up'));
    else outgoing.answered(answer);
  }
}

/** Bytes that are under way before the client has to wait for the registry, as in a socket's buffers. */
const underWay = 65_536;

/** The client's side of one request. */
class DirectRequest extends Writable {
  readonly url: URL;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly reusedSocket = false;
  readonly #body: Buffer[] = [];
  #bytes = 0;
  #isWhole = false;
  /** Whether anybody will read the body still. */
  #isRead = true;
  #taken: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #response: DirectResponse | undefined;

  constructor(url: URL, {method, headers}: RequestOptions) {
    super({autoDestroy: false});
    this.url = url;
    this.method = method!;
    this.headers = headers as Record<string, string>;
  }

  /** What the registry reads. */
  async *body(): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#body.shift();
      if (chunk !== undefined) {
        this.#bytes -= chunk.length;
        this.#take();
        yield chunk;
      } else if (this.#isWhole) return;
      else if (this.destroyed) throw broken('ECONNRESET', 'aborted');
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Tells the client what the registry has answered; the rest of the body is swallowed. */
  answered(answer: Answer): void {
    if (this.destroyed) return;
    this.#isRead = false;
    this.#take();
    const response = new DirectResponse(answer, this.method);
    this.#response = response;
    response.once('close', () => this.destroy());
    this.emit('response', response as object as IncomingMessage);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (!this.#isRead) {
      done();
      return;
    }
    this.#body.push(chunk);
    this.#bytes += chunk.length;
    this.#wake?.();
    if (this.#bytes <= underWay) done();
    else this.#taken = done;
  }

  override _final(done: () => void): void {
    this.#isWhole = true;
    this.#wake?.();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#wake?.();
    const response = this.#response;
    if (response !== undefined && !response.destroyed) response.destroy(broken('ECONNRESET', 'aborted'));
    // whoever has an answer hears of nothing else here
    done(response === undefined ? (error ?? broken('ECONNRESET', 'socket hang up')) : null);
  }

  #take(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }
}

/** An answer as the client reads it. */
class DirectResponse extends Readable {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly #source: Readable | undefined;

  constructor({status, headers, body}: Answer, method: string) {
    const isStream = body !== undefined && !Buffer.isBuffer(body);
    super({read: () => this.#source?.resume()});
    this.statusCode = status;
    this.rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().flatMap((one) => [name, one]),
    );
    this.headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat().join(', ')]),
    );
    if (method === 'HEAD' || !isStream) {
      if (isStream) body.destroy();
      else if (method !== 'HEAD' && body !== undefined) this.push(body);
      this.push(null);
      return;
    }
    this.#source = body;
    body.pause();
    body.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) body.pause();
    });
    body.once('end', () => this.push(null));
    body.once('error', () => this.destroy(broken('ECONNRESET', 'aborted')));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#source?.destroy();
    // as an IncomingMessage does: nobody has to listen
    done(this.listenerCount('error') === 0 ? null : error);
  }
}

function exchangeOf(outgoing: DirectRequest): Exchange {
  const {method, url, headers} = outgoing;
  const {host, href} = url;
  // the getters of a URL cost more than all else here
  const sent = href.slice(href.indexOf('/', 'http://'.length));
  const path = sent.split('?', 1)[0]!;
  const reset = () => outgoing.destroy(broken('ECONNRESET', 'read ECONNRESET'));
  const request = {
    socket: {resetAndDestroy: reset, destroy: reset},
    headersDistinct: headers.accept === undefined ? {} : {accept: [headers.accept]},
  };
  return {
    method,
    path,
    query: sent.slice(path.length + 1),
    headers: {host, ...headers},
    body: outgoing.body(),
    origin: `http://${host}`,
    request: request as object as IncomingMessage,
    response: {} as object as ServerResponse,
    entry: {
      ...{method, url: sent, rawHeaders: [], headers, socket: 0},
      ...{startedAt: 0, bytesReceived: 0, bytesSent: 0, outcome: 'open'},
    },
  };
}

/** An error as Node's sockets raise it. */
function broken(code: string, message: string): Error {
  return Object.assign(new Error(message), {code});
}

/** Some turns of the event loop. */
async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
}
