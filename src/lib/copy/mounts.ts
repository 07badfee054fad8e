import type {Descriptor} from '../oci/descriptor.ts';
import type {Session} from '../distribution/session.ts';
import {canonicalHost, sameRegistry} from '../oci/reference.ts';
import {mountBlob} from '../distribution/uploads.ts';

/** Mounts blobs within a registry, and remembers between whom that works: the first attempt finds out for all. */
export class Mounts {
  readonly #working = new Map<string, Promise<boolean>>();
  readonly #refused = new Set<string>();

  /** Whether a mount from one repository in the other, by their identities, is known not to work. */
  refused(from: Session, to: Session): boolean {
    return this.#refused.has(pairOf(from, to));
  }

  /** Mounts where that can work; else gives the upload session that the registry opened instead, if it did. */
  async attempt(node: Descriptor, from: Session, to: Session): Promise<'mounted' | URL | undefined> {
    if (!sameRegistry(from.repository, to.repository) || from.repository.path === to.repository.path)
      return undefined;
    const key = pairOf(from, to);
    const known = this.#working.get(key);
    if (known !== undefined && !(await known)) return undefined;
    const attempt = mountBlob(to, node.digest, from.repository);
    const works = attempt.then(
      () => true,
      () => {
        this.#refused.add(key);
        return false;
      },
    );
    if (known === undefined) this.#working.set(key, works);
    else if (!(await works)) this.#working.set(key, works);
    return attempt.catch(() => undefined);
  }
}

/** What a mount's success depends on: who asks for whose blobs, and where. */
function pairOf(from: Session, to: Session): string {
  return `${from.authorizer.identity.id} ${to.authorizer.identity.id} ${canonicalHost(to.repository)}`;
}
