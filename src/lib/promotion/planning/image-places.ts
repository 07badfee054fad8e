import type {Place} from '../../access/place.ts';
import {locateRepository} from '../../environments/location.ts';
import {membersOf, type Membership} from '../../environments/membership.ts';
import type {Model} from '../../environments/model.ts';
import {invalidEnvironments, refuseProblems} from '../../environments/problem.ts';
import {tenantOf} from '../../environments/tenant.ts';
import {locationKey} from '../../oci/reference.ts';
import {unknownName, usageError} from '../../usage-error.ts';

export interface ImageSought {
  readonly image: string;
  readonly tenant: string;
  /** Only these stages, and only these environments; empty for all. */
  readonly stages: readonly string[];
  readonly environments: readonly string[];
}

/**
 * Every repository that a tenant's image may be in, once, along the path. Raises `unknown-tenant`, `unknown-stage`,
 * `unknown-environment`, `invalid-environments` for what is meant and cannot be used, and `no-place` for nothing at all.
 */
export function placesOfImage(model: Model, sought: ImageSought): Place[] {
  const {image, tenant} = sought;
  const members = soughtMembers(model, sought);
  const problems = members.flatMap((member) => (member.state === 'unusable' ? member.problems : []));
  if (problems.length > 0) throw invalidEnvironments(problems);
  const places = members.flatMap((member): Place[] => {
    if (member.state !== 'meant') return [];
    const {environment, stage, name} = member;
    const repository = locateRepository(environment, {tenant, stage: stage.name, image});
    return [{environment, label: name, stage: stage.name, repository}];
  });
  if (places.length === 0)
    throw usageError('no-place', `tenant ${tenant} has no enabled environment there`, [
      'corectl p2p stages --tenant shows where its images are',
    ]);
  return [...new Map(places.map((place) => [locationKey(place.repository), place])).values()];
}

/** The environments of the stages, as far as they are sought; what is sought and is not there is refused. */
function soughtMembers(model: Model, {tenant: owner, stages, environments}: ImageSought): Membership[] {
  const wanted = stages.length > 0 ? stages : model.names.stages;
  refuseProblems(model, [
    {kind: 'tenant', name: owner},
    ...wanted.map((name) => ({kind: 'stage', name}) as const),
  ]);
  const tenant = tenantOf(model, owner);
  for (const name of environments)
    if (!model.names.environments.includes(name))
      throw unknownName('environment', name, model.names.environments);
  for (const name of stages)
    if (!model.stages.has(name)) throw unknownName('stage', name, model.names.stages);
  return [...model.stages.values()]
    .filter(({name}) => wanted.includes(name))
    .flatMap((stage) => membersOf(model, stage, tenant))
    .filter(({name}) => environments.length === 0 || environments.includes(name));
}
