import type {Descriptor} from '../oci/descriptor.ts';
import type {Source} from './source.ts';
import type {Target} from './target.ts';

/** What became of an attempt: `opened` is an upload that the registry opened instead. */
type MountOutcome = 'mounted' | 'opened' | 'refused';

/**
 * Mounts blobs within a registry, and remembers between which repositories that works: the first attempt decides for the
 * rest.
 */
export class Mounts {
  readonly #outcomes = new Map<string, Promise<MountOutcome>>();
  readonly #refused = new Set<string>();

  /** Whether blobs may be mounted from there, as far as is known: nobody has refused it yet. */
  possible(from: Source, to: Target): boolean {
    const pair = to.mountableFrom(from);
    return pair !== undefined && !this.#refused.has(pair);
  }

  /** What becomes of mounts from there, once it is known; undefined before the first attempt. */
  outcome(from: Source, to: Target): Promise<MountOutcome> | undefined {
    const pair = to.mountableFrom(from);
    return pair === undefined ? Promise.resolve('refused') : this.#outcomes.get(pair);
  }

  /**
   * Mounts where that can work; else gives the upload session that the registry opened instead, if it did. Never rejects: what
   * was refused can be sent.
   */
  async attempt(node: Descriptor, from: Source, to: Target): Promise<'mounted' | URL | undefined> {
    const pair = to.mountableFrom(from);
    if (pair === undefined) return undefined;
    const known = this.#outcomes.get(pair);
    if (known !== undefined && (await known) === 'refused') return undefined;
    const attempt = to.mount(node.digest, from);
    const outcome = attempt.then(
      (mounted): MountOutcome => (mounted === 'mounted' ? 'mounted' : 'opened'),
      () => {
        this.#refused.add(pair);
        return 'refused' as const;
      },
    );
    if (known === undefined) this.#outcomes.set(pair, outcome);
    else if ((await outcome) !== 'mounted') this.#outcomes.set(pair, outcome);
    return attempt.catch(() => undefined);
  }
}
