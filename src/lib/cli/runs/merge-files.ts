import {readOwnDocument} from '../../own-document.ts';
import {manifestReportSchema} from '../../promoter-manifests/report.ts';
import {reportSchema} from '../../promotion/report.ts';
import {invalidReport, mergeReports, type MergedReport, type ShardFile} from '../../shards/merge.ts';
import {usageError} from '../../usage-error.ts';

/** Bytes of a report: more than a shard of 200,000 destinations writes, and less than a text may have. */
const sizeLimit = 500 * 1024 * 1024;

/**
 * Merges the reports in the files into one, with the run that they are of where they say one. Raises `invalid-report` for a
 * file that holds no report of a shard, and what merging raises.
 */
export async function mergeFiles(
  files: readonly string[],
): Promise<MergedReport & {readonly run: string | null}> {
  const read: ShardFile[] = [];
  for (const file of files) read.push(shardFileOf(file, await reportIn(file)));
  const [first, ...rest] = read;
  if (first === undefined) throw usageError('usage', 'no report is named', ['corectl report merge *.json']);
  // the same in all of them
  return {...mergeReports([first, ...rest]), run: first.report.shard.run};
}

function reportIn(file: string): Promise<Readonly<Record<string, unknown>>> {
  const refuse = (why: string) => invalidReport(file, why);
  return readOwnDocument(file, {limit: sizeLimit, otherwise: 'it is no report of corectl', refuse});
}

function shardFileOf(file: string, document: Readonly<Record<string, unknown>>): ShardFile {
  const isOfManifests = Array.isArray(document.edges);
  const shaped = (isOfManifests ? manifestReportSchema : reportSchema).safeParse(document);
  if (!shaped.success) {
    const [issue] = shaped.error.issues;
    throw invalidReport(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is no report'}`);
  }
  const {shard} = shaped.data;
  if (shard === undefined) throw invalidReport(file, 'it is of no shard: it was made without --shard');
  if ('edges' in shaped.data) return {kind: 'manifests', file, report: {...shaped.data, shard}};
  const drift = Array.isArray(document.drift) ? {drift: document.drift as readonly unknown[]} : {};
  return {kind: 'promotion', file, report: {...shaped.data, shard, ...drift}};
}
