import {dockerLoginsOf, identityFor} from '../credentials/chain.ts';
import {GrantPool} from '../credentials/grant-pool.ts';
import {vendorOf} from '../credentials/vendor.ts';
import type {Identity} from '../oci/credential.ts';
import {formatReference} from '../oci/reference.ts';
import type {Side} from '../promotion/connection.ts';
import type {Surroundings} from '../promotion/identities.ts';
import type {Place} from '../promotion/plan.ts';
import type {Spot} from './edges.ts';
import type {Registry} from './manifest.ts';

/** A place of a promotion, in a registry instead of an environment. Several tags of a digest are told apart by their stage. */
export function placeAt({registry, repository}: Spot, stage: string, target: string): Place {
  return {
    environment: null,
    label: labelOf(registry),
    stage,
    repository,
    target,
    reference: formatReference(repository, target),
  };
}

/**
 * Who corectl is at each registry, by its host and the service account that the manifests name for it, whichever side it is
 * on. What one identity obtains is shared by all who have the same.
 */
export function identitiesFor(registries: Iterable<Registry>, surroundings: Surroundings) {
  const shared = {...surroundings, docker: dockerLoginsOf(surroundings.env), pool: new GrantPool()};
  const known = new Map([...registries].map((registry) => [labelOf(registry), registry]));
  return ({label, repository}: Place, side: Side): Identity => {
    const impersonate = known.get(label)?.serviceAccount;
    const vendor = impersonate === undefined ? vendorOf(repository.host) : 'gcp';
    return identityFor({name: label}, {...shared, role: side, vendor, impersonate});
  };
}

/** One registry may be named with several accounts, which are then several identities. */
const labelOf = ({name, serviceAccount}: Registry): string =>
  serviceAccount === undefined ? name : `${name} as ${serviceAccount}`;
