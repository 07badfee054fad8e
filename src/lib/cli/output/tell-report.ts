import {randomUUID} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {onGitHub} from './github.ts';
import {writeCommand} from './guarded-output.ts';
import {unwritable} from './outputs.ts';
import {errorReport, exitCodes, type CorectlError, type ErrorReport} from '../../errors.ts';
import {jsonText} from '../../printable.ts';
import type {ManifestReport} from '../../promoter-manifests/report.ts';
import type {Report} from '../../promotion/report.ts';
import {causesOf, type Cause} from '../../ui/causes.ts';
import {coloursOf, type Colours} from '../../ui/colours.ts';
import {renderFailure} from '../../ui/error-text.ts';
import {failureAnnotation} from '../../ui/runner/github-annotations.ts';
import {manifestCauses} from '../../ui/manifest-causes.ts';
import {manifestStepSummary} from '../../ui/runner/manifest-step-summary.ts';
import {renderManifestReport} from '../../ui/manifest-summary.ts';
import {outputLines, tellRunner} from '../../ui/runner/runner-files.ts';
import {stepSummary} from '../../ui/runner/step-summary.ts';
import {renderReport} from '../../ui/summary.ts';

/** How a report is shown, whatever it is about. */
export interface Telling<Document> {
  /** For people, the last line ended. */
  readonly text: (report: Document, manner: {colours: Colours; width?: number | undefined}) => string;
  /** Each failure once. */
  readonly causes: (report: Document) => readonly Cause[];
  /** For the page of a workflow's run. */
  readonly summary: (report: Document) => string;
  readonly digests: (report: Document) => readonly string[];
  /** Whether anything was written. */
  readonly promoted: (report: Document) => boolean;
}

/** Of what the environments repository or both registries told to promote. */
export const tellingPromotion: Telling<Report> = {
  text: (report, {colours}) => renderReport(report, colours),
  causes: causesOf,
  summary: stepSummary,
  digests: ({images}) => images.flatMap(({digest}) => digest ?? []),
  promoted: ({images}) =>
    images.flatMap(({destinations}) => destinations).some(({status}) => status === 'promoted'),
};

/** Of what promoter manifests told to promote. */
export const tellingManifests: Telling<ManifestReport> = {
  text: renderManifestReport,
  causes: manifestCauses,
  summary: manifestStepSummary,
  digests: ({edges}) => [...new Set(edges.map(({digest}) => digest))],
  promoted: ({edges}) => edges.some(({status}) => status === 'promoted'),
};

interface Manner {
  readonly isJson: boolean;
  /** Where the text goes: a document or events may have stdout. */
  readonly to: NodeJS.WriteStream;
}

type Told = object & {readonly exitCode: number; readonly error: ErrorReport | null};

/**
 * Tells what came of a promotion as text, unless a document is wanted, and in a job of GitHub Actions to its runner too.
 * Returns why the runner could not be told, if so.
 */
export function tellReport<Document extends Told>(
  report: Document,
  telling: Telling<Document>,
  {isJson, to}: Manner,
): CorectlError | undefined {
  const {env, stderr} = process;
  if (!isJson) to.write(telling.text(report, {colours: coloursOf(to, env), width: to.columns}));
  // the text has it
  else if (report.error !== null) stderr.write(renderFailure(report.error));
  if (!onGitHub(env)) return undefined;
  for (const cause of telling.causes(report).slice(0, annotationLimit))
    writeCommand(stderr, failureAnnotation(cause));
  return leaveReport(report, telling);
}

/** The same; returns the document to print, which says so where the runner could not be told. The exit code is its. */
export function toldReport<Document extends Told>(
  report: Document,
  telling: Telling<Document>,
  manner: Manner,
): Document {
  const lost = tellReport(report, telling, manner);
  const document = lost === undefined ? report : incomplete(report, lost);
  process.exitCode = document.exitCode;
  return document;
}

/** A report that did not arrive everywhere it was to: what it tells is done all the same. */
export function incomplete<Document extends Told>(report: Document, lost: CorectlError): Document {
  const exitCode = report.exitCode === exitCodes.success ? exitCodes.failed : report.exitCode;
  return {...report, ok: false, exitCode, error: report.error ?? errorReport(lost)};
}

/** Annotations of a step that GitHub shows (https://docs.github.com/rest/checks/runs): the rest is in the summary. */
const annotationLimit = 10;

/**
 * Leaves a report to the steps that follow, in a job of GitHub Actions: as outputs, as a file, and on the page of the run. A
 * step that reads outputs which are not there would go wrong in silence: returns why they could not be left, if so.
 */
export function leaveReport<Document extends Told>(
  report: Document,
  {digests, promoted, summary}: Telling<Document>,
): CorectlError | undefined {
  const {env} = process;
  if (!onGitHub(env)) return undefined;
  try {
    const file = path.join(env.RUNNER_TEMP ?? tmpdir(), `corectl-${randomUUID()}.json`);
    writeFileSync(file, `${jsonText(report)}\n`);
    const outputs = {digest: digests(report).join('\n'), promoted: String(promoted(report)), report: file};
    for (const [name, value] of Object.entries(outputs))
      tellRunner('GITHUB_OUTPUT', outputLines(name, value), env);
    tellRunner('GITHUB_STEP_SUMMARY', summary(report), env);
    return undefined;
  } catch (error) {
    const failure = unwritable("the runner's files", error as NodeJS.ErrnoException);
    process.stderr.write(renderFailure(failure));
    return failure;
  }
}
