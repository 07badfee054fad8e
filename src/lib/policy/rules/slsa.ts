import {matchesGlob} from '../../evidence/glob.ts';
import {isRecord} from '../../is-record.ts';
import {printable} from '../../printable.ts';

/** What is wrong with the builder that a provenance names (SLSA provenance v1 §runDetails.builder, v0.2 §builder), if anything is. */
export function builderProblem(predicate: unknown, wanted: string): string | undefined {
  const builder = builderOf(predicate);
  if (builder === undefined) return 'the provenance names no builder';
  return matchesGlob(wanted, builder) ? undefined : `built by ${printable(builder, 200)}`;
}

function builderOf(predicate: unknown): string | undefined {
  if (!isRecord(predicate)) return undefined;
  const details = isRecord(predicate.runDetails) ? predicate.runDetails : predicate;
  const id = isRecord(details.builder) ? details.builder.id : undefined;
  return typeof id === 'string' ? id : undefined;
}
