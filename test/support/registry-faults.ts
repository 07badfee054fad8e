// What goes wrong between a client and a registry, as rules that are checked for every request.
import {Readable} from 'node:stream';
import {setTimeout as wait} from 'node:timers/promises';
import type {Answer, Exchange, Handler, Intercept} from '../../src/lib/registry/exchange.ts';

export interface Fault {
  readonly method?: string;
  /** Against the url as it was sent. */
  readonly path?: RegExp;
  readonly match?: (exchange: Exchange) => boolean;
  /** How many requests it hits; all unless told otherwise. */
  readonly times?: number;
  /** How many matching requests pass before. */
  readonly skip?: number;
  /** `after`: the registry does its work, then the answer is replaced, delayed or lost. */
  readonly when?: 'before' | 'after';
  readonly action: FaultAction;
}

export type FaultAction =
  /** Answers so, having read that much of the request. */
  | {
      readonly status: number;
      readonly headers?: Answer['headers'];
      readonly body?: string | Buffer;
      readonly afterRequestBytes?: number;
    }
  | {readonly delayUntil: Promise<unknown>}
  | {readonly delayMs: number}
  /**
   * The connection is reset: at once, in the middle of the request's body, or of the answer's (of which less may
   * arrive: a reset overtakes what was not read yet).
   */
  | {readonly reset: true | {readonly afterRequestBytes: number} | {readonly afterResponseBytes: number}}
  /** The body ends early: with the whole length declared, or silently with the connection. */
  | {readonly truncate: number; readonly declareLength: boolean}
  /** So many bytes too many (Infinity: without end); with `declareLength` the length says so too. */
  | {readonly extra: number; readonly declareLength?: boolean}
  /** The byte at this offset of the answer's body is another one. */
  | {readonly corrupt: number}
  /** Nothing more is read or sent (after so many bytes) until somebody closes the connection. */
  | {readonly stall: 'request' | 'response'; readonly afterBytes?: number}
  /** Bytes per second. */
  | {readonly throttle: number; readonly side: 'request' | 'response'}
  /** Changes headers of the answer; `undefined` removes one. */
  | {readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>}
  | {readonly intercept: Intercept};

/** A rule that was added. */
export interface AddedFault {
  /** Requests that it has hit. */
  readonly hits: number;
  remove(): void;
}

/** All rules of one server; where several match, the one added first is nearest to the client. */
export class FaultTable {
  #rules: {fault: Fault; seen: number; hits: number}[] = [];

  add(fault: Fault): AddedFault {
    const rule = {fault, seen: 0, hits: 0};
    this.#rules.push(rule);
    return {
      get hits() {
        return rule.hits;
      },
      remove: () => {
        this.#rules = this.#rules.filter((other) => other !== rule);
      },
    };
  }

  clear(): void {
    this.#rules = [];
  }

  /** For the server's `intercept`. */
  readonly intercept: Intercept = (exchange, next) => {
    const hit = this.#rules.filter((rule) => {
      if (!isFor(rule.fault, exchange)) return false;
      rule.seen += 1;
      if (rule.seen <= (rule.fault.skip ?? 0) || rule.hits >= (rule.fault.times ?? Infinity)) return false;
      rule.hits += 1;
      return true;
    });
    return hit.reduceRight<Step>((inner, {fault}) => wrap(fault, inner), next)(exchange);
  };
}

type Step = (exchange: Exchange) => Promise<Answer | undefined>;

function isFor({method, path, match}: Fault, exchange: Exchange): boolean {
  return (
    (method === undefined || exchange.method === method) &&
    (path === undefined || path.test(exchange.entry.url)) &&
    (match === undefined || match(exchange))
  );
}

function wrap(fault: Fault, next: Step): Step {
  const {action} = fault;
  if ('intercept' in action) return (exchange) => action.intercept(exchange, next as Handler);
  return async (exchange) => {
    if (fault.when === 'after') {
      const answer = await next(exchange);
      return act(action, exchange, () => Promise.resolve(answer));
    }
    return act(action, exchange, next);
  };
}

type PlainAction = Exclude<FaultAction, {intercept: Intercept}>;

async function act(action: PlainAction, exchange: Exchange, next: Step): Promise<Answer | undefined> {
  if ('status' in action) return replaced(action, exchange);
  if ('delayUntil' in action) return action.delayUntil.then(() => next(exchange));
  if ('delayMs' in action) return wait(action.delayMs).then(() => next(exchange));
  if ('reset' in action) return reset(action.reset, exchange, next);
  if ('stall' in action) return stalled(action, exchange, next);
  if ('throttle' in action && action.side === 'request') {
    return next({...exchange, body: throttled(exchange.body, action.throttle)});
  }
  const answer = await next(exchange);
  return answer && changed(action, exchange, answer);
}

async function replaced(
  {status, headers = {}, body = '', afterRequestBytes = 0}: Extract<PlainAction, {status: number}>,
  exchange: Exchange,
): Promise<Answer> {
  if (afterRequestBytes > 0) await readUpTo(exchange.body, afterRequestBytes);
  const bytes = Buffer.from(body);
  return {status, headers: {'content-length': String(bytes.length), ...headers}, body: bytes};
}

async function reset(
  where: Extract<PlainAction, {reset: unknown}>['reset'],
  exchange: Exchange,
  next: Step,
): Promise<Answer | undefined> {
  const strike = (): void => {
    exchange.request.socket.resetAndDestroy();
  };
  if (where === true) {
    strike();
    return undefined;
  }
  if ('afterRequestBytes' in where) {
    // what has come in reaches the registry, which then sees the client gone
    return next({...exchange, body: cut(exchange.body, where.afterRequestBytes, strike)});
  }
  const answer = await next(exchange);
  return (
    answer &&
    withBody(
      answer,
      cut(bodyOf(answer), where.afterResponseBytes, () => drained(exchange).then(strike)),
    )
  );
}

async function stalled(
  {stall, afterBytes = 0}: Extract<PlainAction, {stall: unknown}>,
  exchange: Exchange,
  next: Step,
): Promise<Answer | undefined> {
  const closed = new Promise<never>((_resolve, reject) => {
    exchange.response.once('close', () => {
      reject(new Error('the stalled connection was closed'));
    });
  });
  closed.catch(() => undefined);
  if (stall === 'request') return next({...exchange, body: cut(exchange.body, afterBytes, () => closed)});
  const answer = await next(exchange);
  if (!answer || afterBytes === 0) return closed;
  return withBody(
    answer,
    cut(bodyOf(answer), afterBytes, () => closed),
  );
}

function changed(
  action: Extract<
    PlainAction,
    {truncate: number} | {extra: number} | {corrupt: number} | {throttle: number} | {headers: object}
  >,
  exchange: Exchange,
  answer: Answer,
): Answer {
  if ('headers' in action) return withHeaders(answer, action.headers);
  const body = bodyOf(answer);
  if ('corrupt' in action) return withBody(answer, flipped(body, action.corrupt));
  if ('throttle' in action) return withBody(answer, throttled(body, action.throttle));
  if ('truncate' in action) return truncated(answer, exchange, action);
  const length = Number(answer.headers['content-length']) + action.extra;
  const lengthened = withBody(answer, followed(body, action.extra));
  return withHeaders(lengthened, {'content-length': action.declareLength ? String(length) : undefined});
}

function truncated(
  answer: Answer,
  exchange: Exchange,
  {truncate, declareLength}: {truncate: number; declareLength: boolean},
): Answer {
  if (declareLength) {
    return withBody(
      answer,
      cut(bodyOf(answer), truncate, async () => {
        await drained(exchange);
        exchange.request.socket.destroy();
      }),
    );
  }
  // neither a length nor chunks: only the end of the connection says that the body is over
  exchange.response.useChunkedEncodingByDefault = false;
  const short = withBody(answer, cut(bodyOf(answer), truncate, undefined));
  return withHeaders(short, {'content-length': undefined, connection: 'close'});
}

// what was written goes out before the connection is cut
async function drained({response}: Exchange): Promise<void> {
  await new Promise<void>((resolve) => {
    response.write('', () => {
      resolve();
    });
  });
}

async function readUpTo(body: AsyncIterable<Buffer>, bytes: number): Promise<void> {
  let seen = 0;
  for await (const chunk of body) {
    seen += chunk.length;
    if (seen >= bytes) return;
  }
}

async function* cut(
  body: AsyncIterable<Buffer>,
  bytes: number,
  then: (() => unknown) | undefined,
): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of body) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) break;
  }
  await then?.();
  if (then && left <= 0) throw new Error('cut off by a fault');
}

async function* flipped(body: AsyncIterable<Buffer>, offset: number): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of body) {
    const inside = offset - at;
    at += chunk.length;
    if (inside < 0 || inside >= chunk.length) {
      yield chunk;
      continue;
    }
    const copy = Buffer.from(chunk);
    copy[inside] = copy[inside]! ^ 1;
    yield copy;
  }
}

async function* followed(body: AsyncIterable<Buffer>, extra: number): AsyncGenerator<Buffer> {
  yield* body;
  for (let left = extra; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536), 'x');
}

async function* throttled(body: AsyncIterable<Buffer>, bytesPerSecond: number): AsyncGenerator<Buffer> {
  const piece = Math.max(Math.ceil(bytesPerSecond / 20), 1);
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += piece) {
      const part = chunk.subarray(at, at + piece);
      await wait((part.length / bytesPerSecond) * 1000);
      yield part;
    }
  }
}

function bodyOf({body = Buffer.alloc(0)}: Answer): AsyncIterable<Buffer> {
  return Buffer.isBuffer(body) ? Readable.from([body]) : body;
}

function withBody(answer: Answer, body: AsyncIterable<Buffer>): Answer {
  return {...answer, body: Readable.from(body, {objectMode: false})};
}

function withHeaders(
  answer: Answer,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Answer {
  const merged = Object.entries({...answer.headers, ...headers});
  return {
    ...answer,
    headers: Object.fromEntries(merged.filter((entry) => entry[1] !== undefined)) as Answer['headers'],
  };
}
