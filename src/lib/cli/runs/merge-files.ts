import {messageOf} from '../../errors.ts';
import {isRecord} from '../../is-record.ts';
import {parseJson} from '../../json.ts';
import {readRegularFile} from '../../regular-file.ts';
import {manifestReportSchema} from '../../promoter-manifests/report.ts';
import {reportSchema} from '../../promotion/report.ts';
import {invalidReport, mergeReports, type MergedReport, type ShardFile} from '../../shards/merge.ts';
import {usageError} from '../../usage-error.ts';

/** Bytes of a report: more than a shard of 200,000 destinations writes, and less than a text may have. */
const sizeLimit = 500 * 1024 * 1024;

/** One report of those in the files, and the run that they are of where they say one. Raises `invalid-report` for a file that is none of a shard, and what merging raises. */
export async function mergeFiles(
  files: readonly string[],
): Promise<MergedReport & {readonly run: string | null}> {
  const read: ShardFile[] = [];
  for (const file of files) read.push(shardFileOf(file, documentIn(file, await textOf(file))));
  const [first, ...rest] = read;
  if (first === undefined) throw usageError('usage', 'no report is named', ['corectl report merge *.json']);
  // the same in all of them
  return {...mergeReports([first, ...rest]), run: first.report.shard.run};
}

async function textOf(file: string): Promise<string> {
  try {
    return await readRegularFile(file, sizeLimit);
  } catch (error) {
    throw invalidReport(file, `it cannot be read: ${messageOf(error)}`);
  }
}

function documentIn(file: string, text: string): Readonly<Record<string, unknown>> {
  const parsed = parseJson(text);
  if (isRecord(parsed)) return parsed;
  if (parsed === undefined)
    throw invalidReport(file, 'it is no whole JSON document, or one that nests too deeply');
  throw invalidReport(file, 'it is no report of corectl');
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
