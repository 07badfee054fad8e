import {onRegistry, type Place} from '../../access/place.ts';
import {isAttachmentTag} from '../../promotion/history.ts';
import {nameBelow} from '../../snapshot/from-manifests.ts';
import {pathsBelow} from '../../snapshot/take.ts';
import type {BaseCommand} from '../base-command.ts';
import type {AuthOverrideFlags} from '../flags/auth-overrides.ts';
import {identitiesBy, withRegistries, type Registries} from '../runs/with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';

/** Where to list, and as whom: whoever promotions from there are. */
export interface ToList {
  readonly tenant: string;
  readonly place: Place;
  readonly flags: NetworkFlags & AuthOverrideFlags;
}

/** The tags of an image, but for those of its signatures. Raises what the registry refuses with. */
export function listTags(command: BaseCommand, toList: ToList): Promise<readonly string[]> {
  return asking(command, toList, async ({connection}) => {
    const tags = await connection.repository(toList.place, 'source').tags();
    return tags.filter((tag) => !isAttachmentTag(tag));
  });
}

/** The images beside the one of the place; none in a folder. Raises what the registry refuses with. */
export async function listImages(command: BaseCommand, toList: ToList): Promise<readonly string[]> {
  const place = onRegistry(toList.place);
  if (place === undefined) return [];
  const {repository} = place;
  const root = {...repository, path: repository.path.replace(/\/?[^/]+$/, '')};
  return asking(command, toList, async ({connection}) => {
    const at = (there: typeof root) => connection.session({...place, repository: there}, 'source');
    const paths = await pathsBelow(root, at, {images: []});
    return [...paths.keys()].flatMap((path) => nameBelow(root.path, path) ?? []);
  });
}

function asking(
  command: BaseCommand,
  {tenant, flags}: ToList,
  read: (registries: Registries) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const own = {'source-auth-override': flags['source-auth-override']};
  const identities = identitiesBy(own, {tenant, destinations: []});
  return withRegistries(command, {flags, readOnly: true, identities}, read);
}
