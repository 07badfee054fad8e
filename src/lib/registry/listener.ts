import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import {Socket, type AddressInfo} from 'node:net';
import {pipeline} from 'node:stream/promises';
import type {Answer, Exchange, Handler, Intercept} from './exchange.ts';
import {errorAnswer} from './registry-error.ts';
import {RequestLog, type LoggedRequest} from './request-log.ts';

export interface ListenOptions {
  /** The address to listen on, 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** 0, the default: any free one. */
  readonly port?: number;
  /** PEM; with it the server speaks https. */
  readonly tls?: {readonly key: string; readonly cert: string};
  readonly intercept?: Intercept;
  /** Milliseconds, for the log. */
  readonly clock?: () => number;
  /** Requests that the log keeps. */
  readonly logLimit?: number;
}

export interface Listener {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly url: string;
  readonly log: RequestLog;
  /** Ends everything, open connections included. */
  close(): Promise<void>;
}

/** Serves the handler over HTTP until closed and keeps a log of all requests. */
export async function listen(handle: Handler, options: ListenOptions = {}): Promise<Listener> {
  const log = new RequestLog({clock: options.clock ?? Date.now, limit: options.logLimit ?? 100_000});
  const server = newServer(options);
  const numberOf = numberSockets(server);
  const sockets = openSockets(server);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const exchange = openExchange(request, response, {log, scheme: options.tls ? 'https' : 'http', numberOf});
    void serve(exchange, log, {handle, intercept: options.intercept});
  });
  const address = await bound(server, options);
  const host = `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  return {
    host,
    url: `${options.tls ? 'https' : 'http'}://${host}`,
    log,
    close: () => closed(server, sockets),
  };
}

function newServer({tls}: ListenOptions): Server {
  // requests may last as long as a blob of gigabytes takes on a slow line; kept-alive connections end with close()
  const limits = {requestTimeout: 0, keepAliveTimeout: 600_000, highWaterMark: 256 * 1024};
  return tls ? createTlsServer({...limits, ...tls}) : createServer(limits);
}

function numberSockets(server: Server): (socket: Socket) => number {
  const numbers = new WeakMap<Socket, number>();
  let last = 0;
  server.on('clientError', (_error, socket) => {
    const isNew = socket instanceof Socket && socket.bytesWritten === 0;
    // who tries https first is told in plain text, and goes on without at once
    if (isNew) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', () => socket.destroy());
    else socket.destroy();
  });
  return (socket) => {
    const known = numbers.get(socket) ?? ++last;
    numbers.set(socket, known);
    return known;
  };
}

function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  {log, scheme, numberOf}: {log: RequestLog; scheme: string; numberOf: (socket: Socket) => number},
): Exchange {
  const {method = 'GET', url = '/', rawHeaders, headers, socket} = request;
  const entry = log.start({method, url, rawHeaders: [...rawHeaders], headers, socket: numberOf(socket)});
  response.on('close', () => {
    log.end(entry, response.writableFinished ? 'finished' : 'aborted');
  });
  const mark = url.indexOf('?');
  return {
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers,
    body: counted(request, entry),
    origin: `${scheme}://${headers.host ?? ''}`,
    request,
    response,
    entry,
  };
}

async function* counted(request: IncomingMessage, entry: LoggedRequest): AsyncGenerator<Buffer> {
  // a handler that stops reading still wants to answer
  for await (const chunk of request.iterator({destroyOnReturn: false}) as AsyncIterable<Buffer>) {
    entry.bytesReceived += chunk.length;
    yield chunk;
  }
}

async function serve(
  exchange: Exchange,
  log: RequestLog,
  {handle, intercept}: {handle: Handler; intercept: Intercept | undefined},
): Promise<void> {
  const next: Handler = (inner) => handle(inner).catch(errorAnswer);
  try {
    const answer = await (intercept ? intercept(exchange, next) : next(exchange));
    if (answer) await send(exchange, answer, log);
  } catch {
    // the client went away, or a body broke off: nothing more can be said on this connection
    exchange.response.destroy();
  }
}

async function send({method, response, entry}: Exchange, answer: Answer, log: RequestLog): Promise<void> {
  const {status, headers, body} = answer;
  log.answered(entry, status);
  response.writeHead(status, headers as Record<string, string | string[]>);
  if (body === undefined || method === 'HEAD') {
    if (body && 'destroy' in body) body.destroy();
    response.end();
  } else if (Buffer.isBuffer(body)) {
    entry.bytesSent += body.length;
    response.end(body);
  } else {
    body.on('data', (chunk: Buffer) => (entry.bytesSent += chunk.length));
    await pipeline(body, response);
  }
}

async function bound(server: Server, {host = '127.0.0.1', port = 0}: ListenOptions): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server.address() as AddressInfo;
}

/** The connections that are open: those whose TLS handshake has not ended are no HTTP server's yet. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

async function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    for (const socket of sockets) socket.destroy();
  });
}
