import type {Descriptor} from '../oci/descriptor.ts';
import type {Source} from './source.ts';
import type {Target} from './target.ts';

/**
 * Mounts blobs within a registry, and remembers between which repositories that works: the first attempt decides for the
 * rest.
 */
export class Mounts {
  readonly #working = new Map<string, Promise<boolean>>();
  readonly #refused = new Set<string>();

  /** Whether blobs may be mounted from there, as far as is known: nobody has refused it yet. */
  possible(from: Source, to: Target): boolean {
    const pair = to.mountableFrom(from);
    return pair !== undefined && !this.#refused.has(pair);
  }

  /** Mounts where that can work; else gives the upload session that the registry opened instead, if it did. */
  async attempt(node: Descriptor, from: Source, to: Target): Promise<'mounted' | URL | undefined> {
    const pair = to.mountableFrom(from);
    if (pair === undefined) return undefined;
    const known = this.#working.get(pair);
    if (known !== undefined && !(await known)) return undefined;
    const attempt = to.mount(node.digest, from);
    const works = attempt.then(
      () => true,
      () => {
        this.#refused.add(pair);
        return false;
      },
    );
    if (known === undefined) this.#working.set(pair, works);
    else if (!(await works)) this.#working.set(pair, works);
    return attempt.catch(() => undefined);
  }
}
