import type {Surroundings} from '../../access/identities.ts';
import type {RepositoryName} from '../../oci/reference.ts';
import {manifestIdentities} from '../../promoter-manifests/places.ts';
import {snapshotOfPromotions, withoutParts} from '../../snapshot/from-manifests.ts';
import type {Snapshot} from '../../snapshot/snapshot.ts';
import {takeSnapshot, type SessionFor} from '../../snapshot/take.ts';
import type {BaseCommand} from '../base-command.ts';
import {withRegistries} from './with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';
import {imagesBelow} from '../flags/snapshot-request.ts';
import {soundPromotions} from './sound-promotions.ts';

export interface SnapshotFlags extends NetworkFlags {
  readonly minimal: boolean;
  readonly image?: readonly string[] | undefined;
  readonly 'from-manifests'?: string | undefined;
}

/** What a registry holds below a root or, with --from-manifests, what thin manifests promote into it. */
export async function snapshotOf(
  command: BaseCommand,
  root: RepositoryName,
  flags: SnapshotFlags,
): Promise<Snapshot> {
  const {'from-manifests': folder, image = [], minimal} = flags;
  if (folder !== undefined) return fromManifests(command, root, {folder, flags});
  const images = imagesBelow(image);
  return asking(command, flags, (sessionFor) =>
    takeSnapshot(root, sessionFor, {minimal, images, warn: command.noteWarning}),
  );
}

async function fromManifests(
  command: BaseCommand,
  root: RepositoryName,
  {folder, flags}: {readonly folder: string; readonly flags: SnapshotFlags},
): Promise<Snapshot> {
  const snapshot = snapshotOfPromotions(soundPromotions(command, {kind: 'thin', folder}), root);
  if (!flags.minimal) return snapshot;
  const pathOf = (name: string) => (root.path === '' ? name : `${root.path}/${name}`);
  return asking(command, flags, (sessionFor) =>
    withoutParts(snapshot, (name) => sessionFor({...root, path: pathOf(name)})),
  );
}

/** Asks a registry for no environment, as whoever the machine is there. */
function asking(
  command: BaseCommand,
  flags: NetworkFlags,
  use: (sessionFor: SessionFor) => Promise<Snapshot>,
): Promise<Snapshot> {
  const identities = (surroundings: Surroundings) => manifestIdentities([], surroundings);
  return withRegistries(command, {flags, identities}, ({connection}) =>
    use((repository) =>
      connection.session({environment: null, label: repository.host, stage: null, repository}, 'source'),
    ),
  );
}
