import type {Side} from '../errors.ts';
import type {Place} from './place.ts';
import {credentialFailure} from '../credentials/failures.ts';
import type {EnvironmentIdentity} from '../credentials/identity.ts';
import type {Session} from '../distribution/session.ts';
import {checkPushIfGuarded} from './probe.ts';

/** What a destination must let happen before it is written to. */
export interface Admission {
  /** In the preflight. Raises what stands in the way of writing there. */
  check(place: Place): Promise<void>;
  /** Before the copy. Raises `repository-not-created`. */
  prepare(place: Place): Promise<void>;
}

export interface AdmissionOptions {
  readonly identityOf: (place: Place, side: Side) => EnvironmentIdentity;
  /** The session with a destination. */
  readonly sessionOf: (place: Place) => Session;
  /** Create repositories that registries do not create by themselves. */
  readonly createRepositories: boolean;
  /** Nothing is written, so that whether it may be remains open. */
  readonly dryRun: boolean;
}

/** Checks that destinations can be pushed to, and creates their repositories where that is wanted. */
export function admissionFor({
  identityOf,
  sessionOf,
  createRepositories,
  dryRun,
}: AdmissionOptions): Admission {
  const ensure = (place: Place, create: boolean) =>
    identityOf(place, 'destination').ensureRepository(place.repository, create);
  return {
    check: async (place) => {
      const state = await ensure(place, false);
      if (state !== 'missing') {
        if (!dryRun) await checkPushIfGuarded(sessionOf(place));
      } else if (!createRepositories) {
        const {host, path} = place.repository;
        throw credentialFailure('repository-missing', `${host} has no repository ${path}`);
      }
    },
    prepare: async (place) => {
      if (createRepositories) await ensure(place, true);
    },
  };
}
