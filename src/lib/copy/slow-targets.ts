import pLimit, {type LimitFunction} from 'p-limit';
import type {Session} from '../distribution/session.ts';
import {wait} from '../http/pace.ts';
import {Patience} from './patience.ts';
import {formatReference} from '../oci/reference.ts';

/** Milliseconds that blobs wait for a repository which is still at earlier ones when another has them. */
const ofTheOthers = 500;

/** Bytes in flight are bounded by this many uploads at a time to a repository that goes on alone. */
const aloneAtOnce = 2;

/** Repositories that fell behind the others or failed: they read on their own from then on. */
export class Laggards {
  readonly #paces = new Map<string, LimitFunction>();
  readonly #patience = new Map<string, Patience>();

  has(session: Session): boolean {
    return this.#paces.has(keyOf(session));
  }

  /** The pace of a repository that goes on alone, from now on if it did not already. */
  pace(session: Session): LimitFunction {
    const pace = this.#paces.get(keyOf(session)) ?? pLimit(aloneAtOnce);
    this.#paces.set(keyOf(session), pace);
    return pace;
  }

  /** Waits until the repository is done with a blob that another one has; false when that has cost the others too much. */
  async await(session: Session, done: Promise<void>): Promise<boolean> {
    const patience = this.#patience.get(keyOf(session)) ?? new Patience(ofTheOthers);
    this.#patience.set(keyOf(session), patience);
    const started = performance.now();
    const late = new AbortController();
    await Promise.race([done, wait(patience.left, late.signal)]);
    late.abort();
    patience.lose(performance.now() - started);
    return patience.left >= 0;
  }
}

function keyOf({authorizer, repository}: Session): string {
  return `${authorizer.identity.id} ${formatReference(repository, '')}`;
}
