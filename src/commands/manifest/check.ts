import {errorReport} from '../../lib/errors.ts';
import * as Flags from '@oclif/core/flags';
import {writeCommand} from '../../lib/cli/output/guarded-output.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {manifestFlags} from '../../lib/cli/flags/manifest-flags.ts';
import type {Problem} from '../../lib/environments/model.ts';
import {formatProblem} from '../../lib/environments/problem.ts';
import {changesSince} from '../../lib/promoter-manifests/changes.ts';
import {
  invalidManifests,
  problemLines,
  problemReport,
  problemsIn,
  shownProblems,
} from '../../lib/promoter-manifests/problems-error.ts';
import {manifestSource, readPromotions} from '../../lib/promoter-manifests/promotions.ts';
import {count} from '../../lib/ui/count.ts';
import {githubAnnotation, type Annotation} from '../../lib/ui/runner/github-annotations.ts';
import type {Change, CheckedDocument} from '../../lib/promoter-manifests/documents.ts';

export default class ManifestCheck extends BaseCommand {
  static override summary = 'check promoter manifests without asking any registry';
  static override description = `Finds everything that is wrong with all of the files at once, each with file, line and column; in GitHub Actions as annotations on the pull request. With --base, it also tells which images, digests and tags a change removes or moves: nothing is deleted at the registries for that, and a tag that stands there is never moved.

Exit codes:
  0  the manifests are sound
  2  they are not, or usage`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --thin-manifest-dir registry.example.com',
    '<%= config.bin %> <%= command.id %> --thin-manifest-dir registry.example.com --base origin/main',
    '<%= config.bin %> <%= command.id %> -m payments.yaml --json',
  ];
  static override flags = {
    ...manifestFlags,
    base: Flags.string({
      helpValue: 'BRANCH|TAG|SHA',
      description: 'a branch, tag or commit: tell what was removed or moved since',
    }),
  };

  override async run(): Promise<CheckedDocument> {
    const {flags} = await this.parse(ManifestCheck);
    const source = manifestSource(flags.manifest, flags['thin-manifest-dir']);
    const {GITHUB_WORKSPACE = process.cwd()} = process.env;
    const {manifests, edges, strays, ...read} = readPromotions(source, GITHUB_WORKSPACE);
    const problems = [...strays, ...read.problems];
    for (const line of problemLines(problems)) this.note(line);
    for (const problem of problems.slice(0, shownProblems)) this.#annotate({level: 'error', ...problem});
    if (problems.length > 0) throw invalidManifests(problems);
    const since = {edges, base: GITHUB_WORKSPACE, env: process.env, onUnread: this.#tellUnread.bind(this)};
    const changes = flags.base === undefined ? [] : await changesSince(flags.base, source, since);
    for (const change of changes) this.#tell(change);
    const images = manifests.reduce((sum, one) => sum + one.images.length, 0);
    this.log(`${count(manifests.length, 'manifest')} with ${count(images, 'image')}: no problems.`);
    const found = {manifests: manifests.length, images, edges: edges.length, problems: [], changes};
    return {ok: true, exitCode: 0, ...found, error: null};
  }

  protected override toErrorJson(error: unknown): unknown {
    const {exitCode} = process;
    return {ok: false, exitCode, problems: problemsIn(error).map(problemReport), error: errorReport(error)};
  }

  #tellUnread(problem: Problem): void {
    const text = `${formatProblem(problem)}: so it was at the base; what this removes or moves of it cannot be told`;
    this.noteWarning(text);
  }

  #tell(change: Change): void {
    this.note(`${change.file}:${change.line}:${change.column}: ${change.message}`);
    this.#annotate({level: 'warning', ...change});
  }

  /** On stderr, where the runner reads commands as well: stdout may hold a JSON document. */
  #annotate(annotation: Annotation): void {
    if (process.env.GITHUB_ACTIONS === 'true') writeCommand(process.stderr, githubAnnotation(annotation));
  }
}
