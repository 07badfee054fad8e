import {CorectlError, errorReport, exitCodes, type ErrorReport} from '../errors.ts';
import {printable} from '../printable.ts';
import type {ManifestReport} from '../promoter-manifests/report.ts';
import type {Report, ShardOutcome, ShardReport} from '../promotion/report.ts';
import {formatShard, mostShards} from './shard.ts';

/** The report of a shard, and the file that it was read from. */
export type ShardFile =
  | {readonly kind: 'promotion'; readonly file: string; readonly report: Report & Sharded}
  | {readonly kind: 'manifests'; readonly file: string; readonly report: ManifestReport & Sharded};

interface Sharded {
  readonly shard: ShardReport;
  /** Of a saved plan: what had moved since. */
  readonly drift?: readonly unknown[];
}

/** One report of all shards. */
export type MergedReport =
  | {readonly kind: 'promotion'; readonly report: Report}
  | {readonly kind: 'manifests'; readonly report: ManifestReport};

/**
 * One report of what all shards of a plan did, in the plan's order, as one process would have told it. It has failed with
 * `missing-shard` where a shard has none. Raises `shards-disagree` for reports that are no parts of one whole: of another
 * plan or run, a shard twice, an image twice or in none; and `invalid-report` for one that contradicts itself.
 */
export function mergeReports(files: readonly [ShardFile, ...ShardFile[]]): MergedReport {
  files.forEach(refuseContradiction);
  refuseStrangers(files);
  refuseTwice(files);
  const items = inOrder(files);
  const missing = missingNumbers(files);
  if (missing.length === 0) refuseGaps(files, items.length);
  const head = headOf(files, missing);
  const [{kind, report}] = known(files);
  const drift = files.flatMap((one) => one.report.drift ?? []);
  if (kind === 'manifests') {
    const {manifests} = report;
    const problems = files.flatMap((one) => (one.kind === 'manifests' ? one.report.problems : []));
    return {kind, report: {...head, manifests, edges: items as Edges, problems}};
  }
  const {tenant, fromStage} = report;
  const moved = 'drift' in report ? {drift} : {};
  return {kind, report: {...head, tenant, fromStage, images: items as Report['images'], ...moved}};
}

type Edges = ManifestReport['edges'];

/** Reports that know their plan first: what failed before that says less of the whole. */
function known(files: readonly [ShardFile, ...ShardFile[]]): readonly [ShardFile, ...ShardFile[]] {
  const [first = files[0], ...rest] = files.filter(({report}) => report.shard.plan !== null);
  return [first, ...rest];
}

/** What a report is about, one text for each image or edge. */
interface Item {
  readonly name: string;
  readonly status: string[];
  /** Whether it says of something that went well why it failed, or does not know what was written. */
  readonly isOfTwoMinds: boolean;
}

function itemsOf({kind, report}: ShardFile): Item[] {
  return kind === 'promotion'
    ? report.images.map(({image, digest, destinations}) => ({
        name: image,
        status: destinations.map(({status}) => status),
        isOfTwoMinds: destinations.some(
          ({status, error}) =>
            done.has(status) && (error !== null || (digest === null && status !== upToDate)),
        ),
      }))
    : report.edges.map(({digest, destination, status, error}) => ({
        name: `${destination} ${digest}`,
        status: [status],
        isOfTwoMinds: done.has(status) && error !== null,
      }));
}

const elementsOf = (one: ShardFile): readonly (Report['images'][number] | Edges[number])[] =>
  one.kind === 'promotion' ? one.report.images : one.report.edges;

const upToDate = 'up-to-date';

/** What a registry was asked about, and went well. */
const done = new Set(['promoted', upToDate, 'would-promote']);

const good = new Set([...done, 'planned']);

const onlyWhereWritten = ['promoted'];
const onlyInDryRuns = ['would-promote', 'planned'];

/** A report that says of itself what its own lines do not: it was cut or edited. */
function refuseContradiction(one: ShardFile): void {
  const {file, report} = one;
  const {number, of, plan, total, positions} = report.shard;
  const items = itemsOf(one);
  const has = (words: readonly string[]) =>
    items.some(({status}) => status.some((one) => words.includes(one)));
  const isWell = report.error === null && items.every(({status}) => status.every((word) => good.has(word)));
  const contradictions: readonly (readonly [boolean, string])[] = [
    [number < 1 || number > of || of > mostShards, `it is of shard ${number}/${of}`],
    [report.ok !== (report.exitCode === exitCodes.success), 'its ok and its exit code are of two minds'],
    [report.ok && !isWell, 'it says that all is well, and has something that failed'],
    [positions.length !== items.length, `it lists ${items.length}, and says that it has ${positions.length}`],
    [!positions.every((at, index) => at > (positions[index - 1] ?? -1)), 'its positions are not in order'],
    [(positions.at(-1) ?? -1) >= (total ?? 0) && positions.length > 0, 'it has more than the whole'],
    [plan === null && report.ok, 'it knows no plan, and says that all is well'],
    [items.some(({status}) => status.length === 0), 'it has an image without a destination'],
    [items.some(({isOfTwoMinds}) => isOfTwoMinds), 'it has something that went well and failed'],
    [
      has(report.dryRun ? onlyWhereWritten : onlyInDryRuns),
      report.dryRun ? 'it is of a dry run, and has written' : 'it is of no dry run, and has only looked',
    ],
  ];
  const found = contradictions.find(([is]) => is);
  if (found !== undefined) throw invalidReport(file, found[1]);
}

/** Refuses reports that are not of one plan, one run and one number of shards. */
function refuseStrangers(files: readonly [ShardFile, ...ShardFile[]]): void {
  const [first, ...others] = known(files);
  for (const other of [...others, ...files.filter(({report}) => report.shard.plan === null)]) {
    const difference = differenceOf(first, other);
    if (difference !== undefined) throw disagreement(`${nameOf(first)} and ${nameOf(other)}: ${difference}`);
  }
}

function differenceOf(one: ShardFile, other: ShardFile): string | undefined {
  const [first, second] = [one.report, other.report];
  const differences: readonly (readonly [boolean, string])[] = [
    [one.kind !== other.kind, 'one is of promoter manifests, the other is not'],
    [first.shard.of !== second.shard.of, 'they are of different numbers of shards'],
    [first.shard.run !== second.shard.run, 'they are of different runs'],
    [first.dryRun !== second.dryRun, 'one is of a dry run, the other is not'],
    [
      second.shard.plan !== null && aboutOf(one) !== aboutOf(other),
      'they are of different plans, or of lists in another order',
    ],
  ];
  return differences.find(([is]) => is)?.[1];
}

function aboutOf({kind, report}: ShardFile): string {
  const {plan, total} = report.shard;
  const about = kind === 'promotion' ? [report.tenant, report.fromStage] : report.manifests;
  return JSON.stringify([plan, total, ...about]);
}

function refuseTwice(files: readonly ShardFile[]): void {
  const numbers = new Map<number, ShardFile>();
  const owners = new Map<string | number, ShardFile>();
  for (const one of files) {
    const {number, positions} = one.report.shard;
    const twin = numbers.get(number);
    if (twin !== undefined) throw disagreement(`${nameOf(twin)} and ${nameOf(one)} are of the same shard`);
    numbers.set(number, one);
    for (const [index, {name}] of itemsOf(one).entries()) {
      for (const key of [name, positions[index] ?? -1]) {
        const owner = owners.get(key);
        if (owner !== undefined)
          throw disagreement(`${nameOf(owner)} and ${nameOf(one)} both tell of ${printable(name, 500)}`);
        owners.set(key, one);
      }
    }
  }
}

/** Where all shards are there, so is everything of the plan: but for those that ended before they knew it. */
function refuseGaps(files: readonly ShardFile[], found: number): void {
  if (files.some(({report}) => report.shard.plan === null)) return;
  const total = files[0]?.report.shard.total ?? 0;
  if (found !== total)
    throw disagreement(`all shards are there, and ${found} of the ${total} that the plan has are in them`);
}

function inOrder(files: readonly ShardFile[]): ReturnType<typeof elementsOf>[number][] {
  return files
    .flatMap((one) =>
      elementsOf(one).map((item, index) => ({item, at: one.report.shard.positions[index] ?? 0})),
    )
    .sort((one, other) => one.at - other.at)
    .map(({item}) => item);
}

function missingNumbers(files: readonly [ShardFile, ...ShardFile[]]): number[] {
  const there = new Set(files.map(({report}) => report.shard.number));
  const all = Array.from({length: files[0].report.shard.of}, (_, index) => index + 1);
  return all.filter((number) => !there.has(number));
}

/** What a merged report says of the whole; the shards ran beside each other, so it took as long as the longest. */
function headOf(files: readonly [ShardFile, ...ShardFile[]], missing: readonly number[]) {
  const {of} = files[0].report.shard;
  const shards = [...files.map(outcomeOf), ...missing.map((number) => unknownOutcome(number, of))].sort(
    (one, other) => one.number - other.number,
  );
  const exitCode = exitCodeOf(files, missing.length > 0);
  return {
    ok: exitCode === exitCodes.success,
    dryRun: files[0].report.dryRun,
    exitCode,
    durationMs: Math.max(...shards.map(({durationMs}) => durationMs)),
    error: missing.length > 0 ? missingShards(missing, of) : stopOf(shards, exitCode),
    shards,
  };
}

function outcomeOf({report}: ShardFile): ShardOutcome {
  const {shard, exitCode, durationMs, error} = report;
  return {number: shard.number, of: shard.of, exitCode, durationMs, error};
}

const unknownOutcome = (number: number, of: number): ShardOutcome => ({
  ...{number, of},
  exitCode: null,
  durationMs: 0,
  error: null,
});

/** Of several reasons to stop the one that the whole ends with; the others are told beside it. */
function stopOf(shards: readonly ShardOutcome[], exitCode: number): ErrorReport | null {
  const stopped = shards.filter(({error}) => error !== null);
  return (stopped.find((one) => one.exitCode === exitCode) ?? stopped[0])?.error ?? null;
}

/**
 * As one process would have ended: an interruption, then what was asked wrongly; once something was written, a failure
 * outranks what was missing; before, the first of 1, 3, 5, 4 and 6.
 */
function exitCodeOf(files: readonly ShardFile[], isMissing: boolean): number {
  const {success, failed, usage, imageNotFound, conflict, unreachable, policy, interrupted} = exitCodes;
  const codes = new Set<number>(files.map(({report}) => report.exitCode));
  const first = (...some: number[]) => some.find((code) => codes.has(code));
  codes.delete(success);
  const urgent = first(interrupted, usage);
  if (urgent !== undefined) return urgent;
  if (isMissing) return failed;
  if (codes.size === 0) return success;
  const isWritten = files.some((one) => itemsOf(one).some(({status}) => status.includes('promoted')));
  if (isWritten) return codes.size === 1 && codes.has(imageNotFound) ? imageNotFound : failed;
  return first(failed, imageNotFound, unreachable, conflict, policy) ?? failed;
}

/** `shard 2/4 (reports/2.json)` */
const nameOf = ({file, report}: ShardFile): string =>
  `shard ${formatShard(report.shard)} (${printable(file, 300)})`;

function missingShards(missing: readonly number[], of: number): ErrorReport {
  const names = missing.slice(0, 20).map((number) => formatShard({number, of}));
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : '';
  return errorReport(
    new CorectlError({
      code: 'missing-shard',
      message: `expected reports of ${of} shards, found none of ${names.join(', ')}${more}: nobody knows what became of their images`,
      suggestions: ['start those shards again, with the same plan: what they have done is up to date'],
      exitCode: exitCodes.failed,
    }),
  );
}

/** The error for a file that holds no report of a shard, or contradicts itself. */
export function invalidReport(file: string, why: string): CorectlError {
  return new CorectlError({
    code: 'invalid-report',
    message: `report ${printable(file)}: ${printable(why)}`,
    suggestions: ['give the documents that --shard I/N --json printed, one for each shard'],
  });
}

function disagreement(message: string): CorectlError {
  return new CorectlError({
    code: 'shards-disagree',
    message,
    suggestions: ['merge the last report of each shard of one run, all of one plan and with the same flags'],
  });
}
