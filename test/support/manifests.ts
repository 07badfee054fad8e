// Promoter manifests written, read and run in this process, between built-in registries.
import path from 'node:path';
import {edgesOf} from '../../src/lib/promoter-manifests/edges.ts';
import {loadManifests} from '../../src/lib/promoter-manifests/load.ts';
import type {EdgeReport, ManifestReport} from '../../src/lib/promoter-manifests/report.ts';
import {runManifests, type ManifestRunOptions} from '../../src/lib/promoter-manifests/run.ts';
import {anonymous, type Identity} from '../../src/lib/distribution/credential.ts';
import type {Side} from '../../src/lib/errors.ts';
import {expectPublished} from './published.ts';
import {Connection, type ConnectionOptions} from '../../src/lib/access/connection.ts';
import type {PromotionEvent} from '../../src/lib/promotion/events.ts';

/** An entry of a list of images: digests with their tags. */
export function entry(name: string, dmap: Readonly<Record<string, readonly string[]>>): string {
  const lines = Object.entries(dmap).map(([digest, tags]) => `    "${digest}": ${JSON.stringify(tags)}\n`);
  return `- name: ${name}\n  dmap:\n${lines.join('').replaceAll('","', '", "')}`;
}

/** The registries of a manifest, the source first. */
export function registriesText(source: string, ...destinations: string[]): string {
  return `registries:\n- name: ${source}\n  src: true\n${destinations.map((name) => `- name: ${name}\n`).join('')}`;
}

/** Somebody without a login at each place and on each side. */
export const nobodyAt = ({label}: {readonly label: string}, side: Side): Identity => ({
  id: `${side}:${label}`,
  describe: () => 'nobody',
  credential: () => Promise.resolve(anonymous),
});

export interface ManifestRun {
  readonly report: ManifestReport;
  readonly events: readonly PromotionEvent[];
}

/** Runs the thin manifests of a folder; nothing is written unless `confirm`. Retries are few and fast. */
export async function runThin(
  folder: string,
  {confirm = false, signal, ...more}: Partial<ManifestRunOptions> & Partial<ConnectionOptions> = {},
): Promise<ManifestRun> {
  const {manifests, problems} = loadManifests({kind: 'thin', folder}, (file) => path.relative(folder, file));
  const {edges, problems: inEdges} = edgesOf(manifests);
  if (problems.length + inEdges.length > 0) throw new Error(JSON.stringify([...problems, ...inEdges]));
  const events: PromotionEvent[] = [];
  const connection = new Connection({
    identityOf: nobodyAt,
    retries: {attempts: 2, delay: 1},
    readOnly: !confirm,
    signal,
    ...more,
  });
  try {
    const report = await runManifests(edges, connection, {
      manifests: manifests.map(({label}) => label),
      confirm,
      referrers: true,
      verifyContent: false,
      concurrency: 4,
      signal,
      emit: (event) => events.push(event),
      ...more,
    });
    expectPublished('manifest-promote', report);
    return {report, events};
  } finally {
    connection.close();
  }
}

/** `STATUS DESTINATION`, an edge a line, without the registries' ports. */
export const linesOf = (
  {edges}: {edges: readonly EdgeReport[]},
  names: ReadonlyMap<string, string>,
): string[] =>
  edges.map(({status, destination}) => {
    const host = destination.replace(/\/.*/s, '');
    return `${status} ${destination.replace(host, names.get(host) ?? host)}`;
  });
