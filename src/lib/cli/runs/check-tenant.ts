import {checkAccess, identitiesToCheck} from '../../access/check.ts';
import type {EnvironmentAccess} from '../../access/documents.ts';
import {leftOutOfCheck, placesToCheck, type WantedPlaces} from '../../access/places-to-check.ts';
import {homeDirectory} from '../../environments/home.ts';
import {openEnvironments} from '../../environments/open.ts';
import {leftOutLine} from '../../ui/left-out.ts';
import {authOverridesOf, type AuthOverrideFlags} from '../flags/auth-overrides.ts';
import type {BaseCommand} from '../base-command.ts';
import {withRegistries} from './with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';

/** Whose access is checked, where, and in the repositories of which image. */
export type TenantCheck = Pick<WantedPlaces, 'tenant' | 'stages' | 'environments' | 'image'>;

/**
 * Who corectl would be in each of a tenant's environments, and what it may do there. What promotions read from is checked
 * too where the source has a credential of its own. Of one tenant alone it is told what is left out.
 */
export async function checkTenant(
  command: BaseCommand,
  {isAlone, ...wanted}: TenantCheck & {readonly isAlone: boolean},
  flags: AuthOverrideFlags & NetworkFlags,
): Promise<EnvironmentAccess[]> {
  const {model} = await openEnvironments(homeDirectory(process.env));
  const overrides = authOverridesOf(flags, process.env);
  const sources = [overrides.source, process.env.SOURCE_ACCESS_TOKEN].some(Boolean);
  const checks = placesToCheck(model, {...wanted, sources, isOneOfMany: !isAlone});
  const leftOut = leftOutOfCheck(model, wanted);
  if (leftOut.length > 0 && isAlone) command.note(leftOutLine(leftOut));
  const whose = {tenant: wanted.tenant, overrides};
  return withRegistries(
    command,
    {flags, identities: (surroundings) => identitiesToCheck(checks, whose, surroundings)},
    ({connection, identityOf}) => Promise.all(checks.map((one) => checkAccess(one, identityOf, connection))),
  );
}
