import {randomUUID} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {BaseCommand} from '../base-command.ts';
import {onGitHub} from './github.ts';
import {writeCommand} from './guarded-output.ts';
import {unwritable} from './outputs.ts';
import {exitCodes} from '../../errors.ts';
import {jsonText} from '../../printable.ts';
import type {ManifestReport} from '../../promoter-manifests/report.ts';
import type {Report} from '../../promotion/report.ts';
import {causesOf} from '../../ui/causes.ts';
import {coloursOf} from '../../ui/colours.ts';
import {renderFailure} from '../../ui/error-text.ts';
import {failureAnnotation} from '../../ui/runner/github-annotations.ts';
import {renderManifestReport} from '../../ui/runner/manifest-summary.ts';
import {outputLines, tellRunner} from '../../ui/runner/runner-files.ts';
import {stepSummary} from '../../ui/runner/step-summary.ts';
import {renderReport} from '../../ui/summary.ts';

/** Tells what came of a promotion, on stdout and, in a job of GitHub Actions, to its runner too; the exit code is the report's. */
export function tellReport(command: BaseCommand, report: Report, {json}: {readonly json: boolean}): void {
  process.exitCode = report.exitCode;
  command.log(renderReport(report, coloursOf(process.stdout, process.env)).trimEnd());
  // the text has it
  if (json && report.error !== null) command.note(renderFailure(report.error).trimEnd());
  if (!onGitHub(process.env)) return;
  for (const cause of causesOf(report)) writeCommand(process.stderr, failureAnnotation(cause));
  leaveReport(command, report);
}

/** Tells what came of promoter manifests; the exit code is the report's. */
export function tellManifestReport(
  command: BaseCommand,
  report: ManifestReport,
  {json}: {readonly json: boolean},
): void {
  process.exitCode = report.exitCode;
  command.log(renderManifestReport(report, {width: process.stdout.columns}).trimEnd());
  // the text has it
  if (json && report.error !== null) command.note(renderFailure(report.error).trimEnd());
}

/**
 * Leaves a report to the steps that follow, in a job of GitHub Actions: as outputs, as a file, and on the page of the run. A
 * step that reads outputs which are not there would go wrong in silence: then the command fails.
 */
export function leaveReport(command: BaseCommand, report: Report): void {
  const {env} = process;
  if (!onGitHub(env)) return;
  try {
    const file = path.join(env.RUNNER_TEMP ?? tmpdir(), `corectl-${randomUUID()}.json`);
    writeFileSync(file, `${jsonText(report)}\n`);
    for (const [name, value] of Object.entries({...outputsOf(report), report: file}))
      tellRunner('GITHUB_OUTPUT', outputLines(name, value), env);
    tellRunner('GITHUB_STEP_SUMMARY', stepSummary(report), env);
  } catch (error) {
    command.note(renderFailure(unwritable("the runner's files", error as NodeJS.ErrnoException)).trimEnd());
    process.exitCode = process.exitCode || exitCodes.failed;
  }
}

function outputsOf({images}: Report): {digest: string; promoted: string} {
  const destinations = images.flatMap((image) => image.destinations);
  return {
    digest: images.flatMap(({digest}) => digest ?? []).join('\n'),
    promoted: String(destinations.some(({status}) => status === 'promoted')),
  };
}
