import type {Agent, IncomingMessage} from 'node:http';
import {Socket} from 'node:net';
import type {Duplex} from 'node:stream';

/** Bytes that are read together, four times what Node's streams take: each piece costs as much on its way, whatever its size. */
const pieceSize = 256 * 1024;
/** A piece with less room is handed on as it is: few bytes are not worth a read. */
const leastRoom = pieceSize / 4;
/** Pieces that wait for the reader before no more is read. */
const piecesAhead = 2;

/**
 * Bytes that are worth a connection, which cannot be used again afterwards: at 1 Gbit/s they take 130 ms, a new connection
 * one or two round trips.
 */
const worthConnection = 16 * 1024 * 1024;

/** What all connections read into while the parser gets everything, or nobody: a read is over before the next one begins. */
const common = Buffer.allocUnsafeSlow(leastRoom);

const intakes = new WeakMap<Duplex, Intake>();

/** Has an agent open connections whose large bodies `bodyOf` can read past Node's parser. */
export function withLargeBodies<A extends Agent>(agent: A): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const intake = new Intake();
    // an option of net.connect and tls.connect
    const socket = connect(Object.assign({}, options, {onread: intake}), callback);
    if (socket instanceof Socket) {
      intake.socket = socket;
      intakes.set(socket, intake);
    }
    return socket;
  };
  return agent;
}

/**
 * The body of an answer of which nothing was read yet. Node's parser has read the head. Where that tells the length of a body
 * of `least` bytes or more, what is still to come goes from the connection to the reader in large pieces: Node's parser and
 * streams cost as much as SHA-256. The connection is closed afterwards, whatever else it brought. Raises what Node's stream raises.
 */
export function bodyOf(response: IncomingMessage, least = worthConnection): AsyncIterable<Buffer> {
  const intake = intakes.get(response.socket);
  const length = Number(response.headers['content-length'] ?? 0);
  const isOver = response.complete || response.destroyed;
  if (intake?.used !== true || isOver || !(length >= least)) return response;
  // what waits for the parser still goes there
  intake.socket?.read();
  const body = new LargeBody(response, length);
  intake.body = body;
  return body.pieces();
}

/** What a connection reads, on its way to Node's parser or into a large body. */
class Intake {
  socket: Socket | undefined;
  body: LargeBody | undefined;
  /** Whether Node's parser gets what it parses from here: an engine may arrange that otherwise. */
  used = false;

  /** Where to read to next. */
  readonly buffer = (): Buffer => this.body?.room() ?? common;

  /** Takes what was read there; false when no more is to be read for now. */
  readonly callback = (bytes: number, into: Buffer): boolean => {
    this.used = true;
    if (this.body !== undefined) return this.body.add(bytes, into);
    return this.socket?.push(Buffer.from(into.subarray(0, bytes))) ?? false;
  };
}

/** A body that is read past Node's parser. */
class LargeBody {
  readonly #socket: Socket;
  /** Bytes that are still to be read. */
  #missing: number;
  /** What was read and is to be handed on, before that of the piece which is being filled. */
  readonly #ready: Buffer[] = [];
  #piece = Buffer.allocUnsafeSlow(pieceSize);
  /** Bytes of the piece that were read, and how many of these were handed on. */
  #filled = 0;
  #taken = 0;
  #failure: {readonly error: unknown} | undefined;
  #wake: () => void = () => undefined;
  #waking: NodeJS.Immediate | undefined;

  constructor(response: IncomingMessage, length: number) {
    this.#socket = response.socket;
    const parsed = response.read() as Buffer | null;
    if (parsed !== null) this.#ready.push(parsed);
    this.#missing = length - (parsed?.length ?? 0);
    const fail = (error: unknown) => {
      this.#failure ??= {error};
      this.#wake();
    };
    response.once('error', fail).once('close', () => {
      fail(new Error('the connection was closed'));
    });
  }

  async *pieces(): AsyncGenerator<Buffer, void, undefined> {
    try {
      this.#socket.resume();
      for (;;) {
        const next = this.#next();
        if (next !== undefined) yield next;
        else if (this.#missing === 0) return;
        else if (this.#failure !== undefined) throw this.#failure.error;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      // Node's parser still waits for the body
      this.#socket.destroy();
    }
  }

  /** Where the connection reads to. What comes after the body is dropped. */
  room(): Buffer {
    return this.#missing > 0 ? this.#piece.subarray(this.#filled) : common;
  }

  /** Takes what was read; false when the reader has enough. TLS may bring more nevertheless, of what it has decrypted. */
  add(bytes: number, into: Buffer): boolean {
    const own = Math.min(bytes, this.#missing);
    if (into === common) this.#piece.set(common.subarray(0, own), this.#filled);
    this.#filled += own;
    this.#missing -= own;
    if (this.#piece.length - this.#filled < leastRoom) this.#nextPiece();
    // all that can be read now is read first: TLS gives 16 KiB at a time
    this.#waking ??= setImmediate(() => {
      this.#waking = undefined;
      this.#wake();
    });
    return this.#ready.length < piecesAhead;
  }

  #nextPiece(): void {
    this.#ready.push(this.#piece.subarray(this.#taken, this.#filled));
    this.#piece = Buffer.allocUnsafeSlow(pieceSize);
    this.#filled = this.#taken = 0;
  }

  #next(): Buffer | undefined {
    const piece = this.#ready.shift();
    if (piece !== undefined) {
      this.#socket.resume();
      return piece;
    }
    if (this.#filled === this.#taken) return undefined;
    const part = this.#piece.subarray(this.#taken, this.#filled);
    this.#taken = this.#filled;
    return part;
  }
}
