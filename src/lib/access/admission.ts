import type {Side} from '../errors.ts';
import {onRegistry, type Place, type RegistryPlace} from './place.ts';
import {credentialFailure} from '../credentials/failures.ts';
import type {EnvironmentIdentity} from '../credentials/identity.ts';
import type {Connection} from './connection.ts';
import {isLayout} from '../oci/reference.ts';
import {checkPushIfGuarded} from './probe.ts';

/** What must hold at a destination before it is written to. */
export interface Admission {
  /** In the preflight. Raises what stands in the way of writing there. */
  check(place: Place): Promise<void>;
  /** Before the copy. Raises `repository-not-created`. */
  prepare(place: Place): Promise<void>;
}

export interface AdmissionOptions {
  readonly identityOf: (place: RegistryPlace, side: Side) => EnvironmentIdentity;
  readonly connection: Connection;
  /** Create repositories that registries do not create by themselves. */
  readonly createRepositories: boolean;
  /** Nothing is written, so that whether it may be remains open. */
  readonly dryRun: boolean;
}

/** Checks that destinations can be pushed to, and creates their repositories where that is wanted. */
export function admissionFor({
  identityOf,
  connection,
  createRepositories,
  dryRun,
}: AdmissionOptions): Admission {
  const ensure = (place: RegistryPlace, create: boolean) =>
    identityOf(place, 'destination').ensureRepository(place.repository, create);
  return {
    check: async (anyPlace) => {
      const {repository} = anyPlace;
      if (isLayout(repository)) return connection.layout({...anyPlace, repository}).checkWritable();
      const place = {...anyPlace, repository};
      const state = await ensure(place, false);
      if (state !== 'missing') {
        if (!dryRun) await checkPushIfGuarded(connection.session(place, 'destination'));
      } else if (!createRepositories) {
        const {host, path} = repository;
        throw credentialFailure('repository-missing', `${host} has no repository ${path}`);
      }
    },
    prepare: async (anyPlace) => {
      // a layout comes into being with what is written to it
      const place = onRegistry(anyPlace);
      if (createRepositories && place !== undefined) await ensure(place, true);
    },
  };
}
