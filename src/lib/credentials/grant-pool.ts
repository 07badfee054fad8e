import type {Grant, GrantRequest, GrantSource} from './grant.ts';
import {renewing, type RenewalRequest} from './renewal.ts';

/** The grants of one run: each is obtained once, however many environments and requests want it, and renewed before its end. */
export class GrantPool {
  readonly #grants = new Map<string, (request?: RenewalRequest) => Promise<Grant>>();

  /** The source's grant as it is now. Raises what the source raises. */
  get(source: GrantSource, request: GrantRequest): Promise<Grant> {
    const key = source.perHost === true ? `${source.key} ${request.host}` : source.key;
    let grant = this.#grants.get(key);
    if (grant === undefined) {
      grant = renewing((signal) => source.obtain({...request, signal}));
      this.#grants.set(key, grant);
    }
    return grant(request);
  }
}
