import {manifestIdentities} from '../promoter-manifests/places.ts';
import type {Promotions} from '../promoter-manifests/promotions.ts';
import type {ManifestReport} from '../promoter-manifests/report.ts';
import {runManifests} from '../promoter-manifests/run.ts';
import type {BaseCommand} from './base-command.ts';
import {withRegistries, type NetworkFlags} from './registries.ts';

export interface ManifestRunFlags extends NetworkFlags {
  readonly confirm: boolean;
  readonly 'verify-content': boolean;
  readonly referrers: boolean;
  readonly concurrency?: number | undefined;
}

/** Carries out what sound manifests promote; without --confirm it is only read. Rejects as runManifests does. */
export function promoteManifests(
  command: BaseCommand,
  {manifests, edges}: Promotions,
  flags: ManifestRunFlags,
): Promise<ManifestReport> {
  const {confirm, referrers, concurrency} = flags;
  return withRegistries(
    command,
    {
      flags,
      identities: (surroundings) => manifestIdentities(manifests, surroundings),
      copies: true,
      readOnly: !confirm,
      requestsPerHost: concurrency,
    },
    ({connection, emit, signal}) =>
      runManifests(edges, connection, {
        manifests: manifests.map(({label}) => label),
        confirm,
        referrers,
        verifyContent: flags['verify-content'],
        concurrency,
        emit,
        signal,
      }),
  );
}
