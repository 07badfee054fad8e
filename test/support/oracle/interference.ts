// What goes wrong while a run is under way, decided by the seed alone and not by which request happens to come first.
import {Readable} from 'node:stream';
import type {Answer, Exchange, Handler, Intercept} from '../../../src/lib/registry/exchange.ts';

/** What becomes of the requests of one run. */
export interface Interference {
  /** For the request that is the nth of its kind, and the nth of all: what happens to it instead of an answer. */
  readonly strike: (about: Request) => Strike | undefined;
}

export interface Request {
  readonly registry: string;
  readonly method: string;
  /** Without what differs from run to run. */
  readonly what: string;
  /** How often this was asked before. */
  readonly before: number;
  /** How many requests came before, to whichever registry. */
  readonly count: number;
}

export type Strike = 'reset' | 'lost answer' | 'cut answer' | 'web page' | number;

/** Registries that break as they are told to; quirks stay over several runs, an interference is for one. */
export class Weather {
  #interference: Interference | undefined;
  #quirks = new Map<string, Intercept>();
  readonly #asked = new Map<string, number>();
  #count = 0;
  /** Requests that change something, since the last run began. */
  writes: string[] = [];
  /** How many turns of the event loop the next request or answer takes. */
  turns: () => number = () => 1;

  /** Begins a run. */
  begin(interference?: Interference): void {
    this.#interference = interference;
    this.#asked.clear();
    this.#count = 0;
    this.writes = [];
  }

  /** What a registry is like until told otherwise. */
  be(registry: string, quirk: Intercept | undefined): void {
    if (quirk === undefined) this.#quirks.delete(registry);
    else this.#quirks.set(registry, quirk);
  }

  /** For a registry's `intercept`. */
  readonly over =
    (registry: string): Intercept =>
    (exchange, next) => {
      const {method, entry} = exchange;
      if (method !== 'GET' && method !== 'HEAD') this.writes.push(`${registry} ${method} ${entry.url}`);
      const what = entry.url.replace(/(\/blobs\/uploads\/)[^?]+.*?(digest=[^&]*)?$/, '$1$2');
      const key = `${registry} ${method} ${what}`;
      const before = this.#asked.get(key) ?? 0;
      this.#asked.set(key, before + 1);
      const strike = this.#interference?.strike({registry, method, what, before, count: this.#count++});
      const quirk = this.#quirks.get(registry);
      const answer: Handler = async (inner) =>
        (await (quirk === undefined ? next(inner) : quirk(inner, next))) ?? refused(500);
      return strike === undefined ? answer(exchange) : struck(strike, exchange, answer);
    };
}

/** Some number between 0 and 1 that follows from a text (FNV-1a). */
export function chanceOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** An answer with a status and nothing else. */
export const refused = (status: number): Answer => ({status, headers: {'content-length': '0'}});

async function struck(strike: Strike, exchange: Exchange, next: Handler): Promise<Answer | undefined> {
  if (typeof strike === 'number') return refused(strike);
  if (strike === 'web page') {
    const body = Buffer.from('<h1>Bad Gateway</h1>');
    return {status: 502, headers: {'content-type': 'text/html', 'content-length': String(body.length)}, body};
  }
  if (strike === 'cut answer') {
    const answer = await next(exchange);
    return {...answer, ...(answer.body && {body: Readable.from(half(answer.body), {objectMode: false})})};
  }
  if (strike === 'lost answer') await next(exchange);
  exchange.request.socket.resetAndDestroy();
  return undefined;
}

/** Half of the first piece; then the connection ends, whatever length was declared. */
async function* half(body: Buffer | Readable): AsyncGenerator<Buffer> {
  for await (const chunk of Buffer.isBuffer(body) ? [body] : (body as AsyncIterable<Buffer>)) {
    yield chunk.subarray(0, chunk.length / 2);
    break;
  }
  throw new Error('cut off');
}
