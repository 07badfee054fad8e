import type {Socket} from 'node:net';
import {startProxy, type Proxy} from './proxy.ts';
import type {Exchange} from './round-trips.ts';

/** A registry as it is reached over a long way. */
export interface FarLink extends Proxy {
  /** The exchanges since the last call of `forget`, by the client's clock. */
  exchanges(): readonly Exchange[];
  forget(): void;
}

/**
 * Starts a proxy whose bytes arrive `oneWay` milliseconds late, in order and at any rate. Connecting takes a round trip,
 * as it does over a real link: what a client sends before that leaves when the connection would have stood.
 */
export async function startDelay(registry: string, oneWay: number): Promise<FarLink> {
  let exchanges: Exchange[] = [];
  const proxy = await startProxy(registry, (client, server) => {
    const stands = performance.now() + 2 * oneWay;
    const log = new ExchangeLog(stands - 2 * oneWay, stands, (exchange) => exchanges.push(exchange));
    const requests = new Line(server, oneWay, stands);
    const answers = new Line(client, oneWay, 0, () => {
      log.answered();
    });
    client.on('data', (chunk) => {
      log.requested();
      requests.carry(chunk);
    });
    client.once('end', () => {
      requests.carry(undefined);
    });
    server.on('data', (chunk) => {
      answers.carry(chunk);
    });
    server.once('end', () => {
      answers.carry(undefined);
    });
  });
  return {...proxy, exchanges: () => exchanges, forget: () => (exchanges = [])};
}

/** One direction of a connection. */
class Line {
  readonly #to: Socket;
  readonly #oneWay: number;
  readonly #from: number;
  readonly #arrived: (() => void) | undefined;
  readonly #queue: {readonly due: number; readonly chunk: Buffer | undefined}[] = [];

  /** Nothing leaves before `from`. */
  constructor(to: Socket, oneWay: number, from: number, arrived?: () => void) {
    this.#to = to;
    this.#oneWay = oneWay;
    this.#from = from;
    this.#arrived = arrived;
  }

  /** Sends a piece on its way; undefined is the end. */
  carry(chunk: Buffer | undefined): void {
    this.#queue.push({due: Math.max(performance.now(), this.#from) + this.#oneWay, chunk});
    if (this.#queue.length === 1) this.#await();
  }

  /** One timer for all that is under way: pieces are due in the order in which they came. */
  #await(): void {
    const [next] = this.#queue;
    if (next === undefined) return;
    setTimeout(() => {
      this.#deliver();
    }, next.due - performance.now());
  }

  #deliver(): void {
    const now = performance.now();
    for (let next = this.#queue[0]; next !== undefined && next.due <= now; next = this.#queue[0]) {
      this.#queue.shift();
      if (next.chunk === undefined) this.#to.end();
      else this.#to.write(next.chunk);
      this.#arrived?.();
    }
    this.#await();
  }
}

/** Tells requests from answers on one connection: HTTP/1.1 sends them in turn. */
class ExchangeLog {
  readonly #opened: number;
  readonly #stands: number;
  readonly #begin: (exchange: Exchange) => void;
  #current: Exchange | undefined;
  #waiting = false;

  constructor(opened: number, stands: number, begin: (exchange: Exchange) => void) {
    this.#opened = opened;
    this.#stands = stands;
    this.#begin = begin;
  }

  requested(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    const now = performance.now();
    // a connection that stood before it was needed cost nobody a trip
    const connecting = this.#current === undefined && now < this.#stands;
    this.#current = {start: connecting ? this.#opened : now, end: Infinity, trips: connecting ? 2 : 1};
    this.#begin(this.#current);
  }

  answered(): void {
    if (this.#current === undefined) return;
    this.#waiting = false;
    this.#current.end = performance.now();
  }
}
