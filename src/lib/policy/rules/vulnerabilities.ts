import {isRecord} from '../../is-record.ts';
import {formatSpan} from '../duration.ts';
import {severities, type Attestation, type Severity} from '../requirement.ts';
import {clockTolerance} from './clock.ts';

/** When a scan ended, in milliseconds of the epoch; undefined where the report does not say. */
export function scanTime(predicate: unknown): number | undefined {
  const metadata = isRecord(predicate) && isRecord(predicate.metadata) ? predicate.metadata : {};
  const time = metadata.scanFinishedOn ?? metadata.scanStartedOn;
  const parsed = typeof time === 'string' ? Date.parse(time) : NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** What keeps a report of vulnerabilities from being good enough, if anything does. */
export function scanProblem(
  predicate: unknown,
  {maxSeverity, maxAge}: Attestation,
  now: Date,
): string | undefined {
  const age = maxAge && ageProblem(scanTime(predicate), maxAge, now);
  if (age !== undefined || maxSeverity === undefined) return age;
  const found = foundSeverities(predicate);
  if (found === undefined)
    return 'the report has no results that can be read: it is partial, or of a scanner that is not known';
  const above = found.filter((one) => severities.indexOf(one) > severities.indexOf(maxSeverity));
  if (above.length === 0) return undefined;
  const worst = above.reduce((one, other) =>
    severities.indexOf(one) > severities.indexOf(other) ? one : other,
  );
  return `the report has ${above.length} above ${maxSeverity}, up to ${worst}`;
}

function ageProblem(
  time: number | undefined,
  {milliseconds, text}: {milliseconds: number; text: string},
  now: Date,
): string | undefined {
  if (time === undefined) return 'the report does not say when the scan ended';
  const age = now.getTime() - time;
  if (age < -clockTolerance) return `the report is from the future: ${new Date(time).toISOString()}`;
  return age > milliseconds ? `the report is ${formatSpan(age)} old, more than ${text}` : undefined;
}

/**
 * The severity of each vulnerability in a report: in-toto's own form (vulns v0.1: a list), and Trivy's and Grype's JSON in
 * cosign's form. Undefined where it is none of these, or where a part of it has none.
 */
function foundSeverities(predicate: unknown): readonly Severity[] | undefined {
  const scanner = isRecord(predicate) && isRecord(predicate.scanner) ? predicate.scanner : {};
  const {result} = scanner;
  if (Array.isArray(result)) return each(result, (one) => worstOf(isRecord(one) ? one.severity : undefined));
  if (!isRecord(result)) return undefined;
  if (Array.isArray(result.Results)) return trivySeverities(result.Results);
  if (Array.isArray(result.matches)) {
    return each(result.matches, (one) =>
      isRecord(one) && isRecord(one.vulnerability) ? severityOf(one.vulnerability.severity) : undefined,
    );
  }
  return undefined;
}

function trivySeverities(results: readonly unknown[]): readonly Severity[] | undefined {
  const vulnerabilities = results.flatMap((one) => {
    if (!isRecord(one)) return [undefined];
    const list: unknown = one.Vulnerabilities ?? [];
    return Array.isArray(list) ? (list as unknown[]) : [undefined];
  });
  return each(vulnerabilities, (one) => (isRecord(one) ? severityOf(one.Severity) : undefined));
}

function each(
  list: readonly unknown[],
  read: (one: unknown) => Severity | undefined,
): readonly Severity[] | undefined {
  const found = list.map(read).filter((one) => one !== undefined);
  return found.length === list.length ? found : undefined;
}

/** in-toto's form gives each vulnerability several scores, by different methods: the worst counts. */
function worstOf(scores: unknown): Severity | undefined {
  if (!Array.isArray(scores) || scores.length === 0) return undefined;
  const found = each(scores, (one) => (isRecord(one) ? severityOf(one.score) : undefined));
  return found?.reduce((one, other) => (severities.indexOf(one) > severities.indexOf(other) ? one : other));
}

/** Words that scanners have for severities besides those of CVSS; one that is not known may be the worst. */
const words: Readonly<Record<string, Severity>> = {
  negligible: 'low',
  moderate: 'medium',
  important: 'high',
  unknown: 'critical',
};

function severityOf(value: unknown): Severity | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).toLowerCase();
  const word =
    severities.find((one) => one === text) ?? (Object.hasOwn(words, text) ? words[text] : undefined);
  if (word !== undefined) return word;
  return /^\d{1,2}(?:\.\d+)?$/.test(text) ? ratingOf(Number(text)) : undefined;
}

/** CVSS v3.1 §5, Table 14. */
function ratingOf(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'none';
}
