import {groupedCauses, type Cause} from './causes.ts';
import {hostOf} from './place-name.ts';
import type {EdgeReport, ManifestReport} from '../promoter-manifests/report.ts';

/** Why edges failed, each cause once with the destinations that it struck; what stopped the whole run comes last. */
export function manifestCauses({edges, error, shards}: ManifestReport): Cause[] {
  const struck = edges.map((edge) => ({error: edge.error, place: edge.destination, names: namesOf(edge)}));
  return groupedCauses(struck, {stop: error, shards});
}

function namesOf({source, destination, image, digest, tag}: EdgeReport): string[] {
  const repositories = [source, destination].map((reference) => reference.replace(/[:@][^/]*$/, ''));
  const names = [source, destination, ...repositories, hostOf(source), hostOf(destination), digest, image];
  return tag === null ? names : [...names, tag];
}
