import type {Hash} from 'node:crypto';
import {refuseOther, verified} from '../distribution/blobs.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import {hashFor} from '../oci/digest.ts';
import {KeepingUp, lookEvery} from './keeping-up.ts';

export interface FanOutOptions {
  readonly node: Descriptor;
  /** Where the content comes from, for messages. */
  readonly where: string;
  /** Reads the content from a byte offset on. */
  readonly read: (offset: number) => AsyncIterable<Buffer>;
  /** Bytes that a branch may lag behind the fastest. */
  readonly slack?: number;
}

/**
 * Enough for a registry to write a piece to its disk while others take theirs: with less, three registries take a fifth
 * longer. It is held once for all branches of a blob. A single branch has nobody to wait for.
 */
const sharedSlack = 4 * 1024 * 1024;
const singleSlack = 1024 * 1024;

/**
 * One read of a blob for several consumers. The content is hashed once, and its last piece is handed out only when all of it
 * matches the digest. Each branch has a bounded queue. A branch leaves the common read when it is closed, or when it does not
 * keep up with the others, for which it is full; it then goes on alone from where it is.
 */
export class FanOut {
  readonly #options: FanOutOptions;
  #slack = singleSlack;
  readonly #branches = new Set<Branch>();
  readonly #hash: Hash;
  #position = 0;
  #changed: (() => void) | undefined;

  constructor(options: FanOutOptions) {
    this.#options = options;
    this.#hash = hashFor(options.node.digest);
  }

  /**
   * A further consumer, and how that does beside the others; all are to be there before the reading starts. `onLetGo` is told
   * when it is let go: it goes on alone then, with a read of its own.
   */
  branch(keepingUp = new KeepingUp(() => 0), onLetGo?: () => void): Branch {
    const branch = new Branch(keepingUp, {
      changed: () => this.#changed?.(),
      closed: () => this.#branches.delete(branch),
      letGo: () => onLetGo?.(),
    });
    this.#branches.add(branch);
    return branch;
  }

  /** Begins to read, while the consumers may still be getting ready. */
  start(): void {
    if (this.#branches.size === 0) return;
    this.#slack = this.#options.slack ?? (this.#branches.size > 1 ? sharedSlack : singleSlack);
    this.#pump().catch((error: unknown) => {
      for (const branch of this.#branches) branch.fail(error);
    });
  }

  async #pump(): Promise<void> {
    let held: Buffer | undefined;
    for await (const chunk of this.#options.read(0)) {
      if (held !== undefined) this.#deliver(held);
      held = chunk;
      await this.#room();
      if (this.#branches.size === 0) return;
    }
    this.#verify(held);
    if (held !== undefined) this.#deliver(held);
    for (const branch of this.#branches) branch.end();
  }

  #deliver(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.#position += chunk.length;
    for (const branch of this.#branches) branch.deliver(chunk);
  }

  #verify(last: Buffer | undefined): void {
    const {node, where} = this.#options;
    const size = this.#position + (last?.length ?? 0);
    const hash = this.#hash.copy();
    if (last !== undefined) hash.update(last);
    refuseOther(node, {hash, size, where});
  }

  /** Waits until every branch can take more, and lets those go that do not keep up with the others. */
  async #room(): Promise<void> {
    for (;;) {
      const full = [...this.#branches].filter((branch) => branch.queued >= this.#slack);
      if (full.length === 0) return;
      const othersWait = [...this.#branches].some((branch) => branch.starving);
      if (othersWait) await this.#held(full);
      else await this.#change();
    }
  }

  /** The same for a moment, in which others wait for some branches. */
  async #held(full: readonly Branch[]): Promise<void> {
    for (const {keepingUp} of full) keepingUp.holds(performance.now());
    await this.#change(lookEvery);
    for (const {keepingUp} of full) keepingUp.releases(performance.now());
    for (const branch of full)
      if (branch.queued >= this.#slack && branch.keepingUp.isBehind(performance.now())) this.#letGo(branch);
  }

  #letGo(branch: Branch): void {
    if (!this.#branches.delete(branch)) return;
    branch.goAlone(this.#alone(this.#position, this.#hash.copy()));
  }

  #alone(offset: number, hash: Hash): AsyncIterable<Buffer> {
    const {node, where, read} = this.#options;
    return verified(read(offset), node, {hash, offset, where});
  }

  /** Resolves when a branch took something or left, or after some milliseconds. */
  #change(limit?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = limit === undefined ? undefined : setTimeout(resolve, limit);
      this.#changed = () => {
        clearTimeout(timer);
        this.#changed = undefined;
        resolve();
      };
    });
  }
}

interface BranchEvents {
  readonly changed: () => void;
  readonly closed: () => void;
  readonly letGo: () => void;
}

/** One consumer's part of a fan-out. */
export class Branch {
  /** Bytes that wait in the queue. */
  queued = 0;
  /** How the consumer does beside the others. */
  readonly keepingUp: KeepingUp;
  readonly #events: BranchEvents;
  readonly #queue: Buffer[] = [];
  #rest: AsyncIterable<Buffer> | undefined;
  #end: {error?: unknown} | undefined;
  #wake: (() => void) | undefined;
  #taken = 0;

  constructor(keepingUp: KeepingUp, events: BranchEvents) {
    this.keepingUp = keepingUp;
    this.#events = events;
  }

  /** Whether the consumer waits for content. */
  get starving(): boolean {
    return this.#wake !== undefined;
  }

  /** The content, once. Leaving it early leaves the fan-out. */
  async *content(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        const chunk = this.#queue.shift();
        if (chunk !== undefined) {
          this.queued -= chunk.length;
          this.#taken += chunk.length;
          this.keepingUp.took(performance.now(), chunk.length, this.#taken);
          this.#events.changed();
          yield chunk;
        } else if (this.#rest !== undefined) {
          yield* this.#rest;
          return;
        } else if (this.#end !== undefined) {
          if ('error' in this.#end) throw this.#end.error;
          return;
        } else {
          const woken = new Promise<void>((resolve) => (this.#wake = resolve));
          // from now on it waits, perhaps for a branch that is full
          this.#events.changed();
          await woken;
        }
      }
    } finally {
      this.close();
    }
  }

  /** Leaves the fan-out: for a consumer that will not read, or not any more. */
  close(): void {
    this.#events.closed();
    this.#events.changed();
  }

  /** The next piece of the content. */
  deliver(chunk: Buffer): void {
    this.#queue.push(chunk);
    this.queued += chunk.length;
    this.#stir();
  }

  /** There is no more. */
  end(): void {
    this.#end = {};
    this.#stir();
  }

  /** There will be no more, as the common read failed. */
  fail(error: unknown): void {
    this.#end = {error};
    this.#stir();
  }

  /** What follows comes from a read of its own. */
  goAlone(rest: AsyncIterable<Buffer>): void {
    this.#rest = rest;
    this.#stir();
    this.#events.letGo();
  }

  #stir(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
