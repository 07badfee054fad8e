import type {Side} from '../errors.ts';
import type {RegistryPlace} from '../access/place.ts';
import {dockerLoginsOf, identityFor} from '../credentials/chain.ts';
import {GrantPool} from '../credentials/grant-pool.ts';
import {vendorOf} from '../credentials/vendor.ts';
import type {Identity} from '../distribution/credential.ts';
import type {Surroundings} from '../access/identities.ts';
import type {PromoterManifest, Registry} from './manifest.ts';

/** An image's place in a registry of a manifest. */
export function placeIn(registry: Registry, name: string): RegistryPlace {
  const {host, path, plainHttp} = registry;
  const repository = {host, path: path === '' ? name : `${path}/${name}`, plainHttp};
  return {environment: null, label: labelOf(registry), stage: null, repository};
}

type Registries = Pick<PromoterManifest, 'source' | 'destinations'>;

/**
 * Who corectl is at each registry of the manifests, by its host and the service account that they name for it. A destination
 * that is read from is asked as a destination's identity all the same. What one identity obtains is shared by all who have
 * the same.
 */
export function manifestIdentities(manifests: readonly Registries[], surroundings: Surroundings) {
  const shared = {...surroundings, docker: dockerLoginsOf(surroundings.env), pool: new GrantPool()};
  const accounts = new Map(
    manifests
      .flatMap(({source, destinations}) => [source, ...destinations])
      .map((registry) => [labelOf(registry), registry.serviceAccount]),
  );
  const {roleOf, singleDestination} = rolesIn(manifests);
  return ({label, repository}: RegistryPlace, side: Side): Identity => {
    const impersonate = accounts.get(label);
    return identityFor(
      {name: label},
      {
        ...shared,
        role: roleOf(label, side),
        singleDestination,
        // an account is Google's, also where the host does not tell
        vendor: impersonate === undefined ? vendorOf(repository.host) : 'gcp',
        impersonate,
      },
    );
  };
}

/** A registry is what the manifests call it, also where it is asked for the other side; one that is both is what it is asked as. */
function rolesIn(manifests: readonly Registries[]) {
  const sources = new Set(manifests.map(({source}) => labelOf(source)));
  const destinations = new Set(manifests.flatMap((one) => one.destinations.map(labelOf)));
  const roleOf = (label: string, side: Side): Side => {
    if (sources.has(label) === destinations.has(label)) return side;
    return sources.has(label) ? 'source' : 'destination';
  };
  return {roleOf, singleDestination: destinations.size === 1};
}

/** One registry may be named with several accounts, which are then several identities. */
const labelOf = ({name, serviceAccount}: Registry): string =>
  serviceAccount === undefined ? name : `${name} as ${serviceAccount}`;
