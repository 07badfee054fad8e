import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Readable} from 'node:stream';
import type {LoggedRequest} from './request-log.ts';

/** One request on its way through the registry. */
export interface Exchange {
  readonly method: string;
  /** Before the `?`, as it was sent. */
  readonly path: string;
  /** After the `?`, as it was sent: signed query strings are compared byte for byte. */
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
  /** The request's body, to be read at most once; it counts what passes into the log. */
  readonly body: AsyncIterable<Buffer>;
  /** `http://host:port` as the client called this server. */
  readonly origin: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: LoggedRequest;
}

/** What the registry says to one request; the body of an answer to HEAD is not sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer | Readable;
}

export type Handler = (exchange: Exchange) => Promise<Answer>;

/** Stands between the wire and the registry; resolves with nothing where it has dealt with the response itself. */
export type Intercept = (exchange: Exchange, next: Handler) => Promise<Answer | undefined>;

/** An answer without a body. */
export function empty(status: number, headers: Answer['headers'] = {}): Answer {
  return {status, headers: {...headers, 'content-length': '0'}};
}

/** An answer with a JSON document. */
export function json(status: number, document: unknown, headers: Answer['headers'] = {}): Answer {
  const body = Buffer.from(JSON.stringify(document));
  return {
    status,
    headers: {'content-type': 'application/json', 'content-length': String(body.length), ...headers},
    body,
  };
}
