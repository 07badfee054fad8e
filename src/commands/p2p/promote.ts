import {errorReport} from '../../lib/errors.ts';
import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {carryOut} from '../../lib/cli/carry-out.ts';
import {demandsIn, demandsOf} from '../../lib/cli/demands.ts';
import {cloneDirectory, homeDirectory} from '../../lib/environments/home.ts';
import {openEnvironments} from '../../lib/environments/open.ts';
import {parseImageName} from '../../lib/oci/reference.ts';
import {planExplicit} from '../../lib/promotion/explicit-plan.ts';
import type {Demands} from '../../lib/promotion/policy-gate.ts';
import {planPromotion, type Plan} from '../../lib/promotion/plan.ts';
import {imageNames} from '../../lib/cli/image-names.ts';
import {
  authOverridesOf,
  given,
  mannerOf,
  promoteFlags,
  type PromoteFlags,
} from '../../lib/cli/promote-flags.ts';
import {requestOf} from '../../lib/cli/promote-request.ts';
import type {Report} from '../../lib/promotion/report.ts';
import {plannedReport, reportOf} from '../../lib/promotion/report-of-run.ts';
import {usageError} from '../../lib/usage-error.ts';
import {renderFailure} from '../../lib/ui/error-text.ts';
import {renderReport} from '../../lib/ui/summary.ts';

export default class Promote extends BaseCommand {
  static override summary =
    'copy images from a stage to the next ones, unchanged, in all of their environments';
  static override description = `The environments repository tells which stages follow and where they live. Every image is resolved to its digest once; content is copied by digest, and a tag is written only when everything below it is in place. Running the same command again finishes what was left and repeats nothing.

With both registries given instead (see EXPLICIT FORM), no environments repository is needed.

Proxies come from HTTPS_PROXY, HTTP_PROXY and NO_PROXY; time limits, in seconds, from CORECTL_CONNECT_TIMEOUT, CORECTL_ANSWER_TIMEOUT, CORECTL_COMMIT_TIMEOUT, CORECTL_IDLE_TIMEOUT and CORECTL_PREFLIGHT_TIMEOUT.

Exit codes:
  0    all promoted or up to date
  1    a destination failed
  2    usage or configuration
  3    an image is not in the from-stage
  4    a destination tag holds another digest
  5    a registry refused or could not be reached before anything was written
  6    what a destination demands of the image is not shown
  130  interrupted`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments --from-stage fast-feedback',
    '<%= config.bin %> <%= command.id %> app:1.2.3 worker:1.2.3 --tenant payments --from-stage extended-test --dry-run',
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments --from-stage extended-test --environment prod-eu --json',
    {
      description: 'With both registries given, as in older Makefiles:',
      command:
        '<%= config.bin %> <%= command.id %> app:1.2.3 --source-registry HOST/PATH --source-stage staging --dest-registry HOST/PATH --dest-stage live',
    },
  ];
  static override args = {
    image: Args.string({
      description: 'name:tag or name@sha256:…, without a registry',
      multiple: true,
    }),
  };
  static override flags = promoteFlags;

  #started = performance.now();
  #asked: {dryRun: boolean; tenant: string | null; fromStage: string} = {
    dryRun: false,
    tenant: '',
    fromStage: '',
  };

  override async run(): Promise<Report> {
    const {args, flags} = await this.parse(Promote);
    const {plan, demands} = await this.#plan(await imageNames(args.image, flags['images-file']), flags);
    const report = flags.offline ? plannedReport(plan) : await this.#promote(plan, demands, flags);
    this.log(renderReport(report).trimEnd());
    if (report.error !== null) this.note(renderFailure(report.error).trimEnd());
    process.exitCode = report.exitCode;
    return report;
  }

  protected override toErrorJson(error: unknown): unknown {
    const durationMs = Math.round(performance.now() - this.#started);
    return {
      ok: false,
      ...this.#asked,
      exitCode: process.exitCode,
      durationMs,
      images: [],
      error: errorReport(error),
    };
  }

  async #plan(
    names: readonly string[],
    flags: PromoteFlags,
  ): Promise<{plan: Plan; demands?: Demands | undefined}> {
    const request = requestOf(names.map(parseImageName), flags, process.env);
    const {tenant, fromStage} =
      request.form === 'explicit' ? {tenant: null, fromStage: request.sourceStage} : request;
    this.#asked = {dryRun: given(flags['dry-run']), tenant, fromStage};
    if (request.form === 'explicit')
      return {
        plan: planExplicit(request),
        demands: flags.policy === undefined ? undefined : await demandsIn(flags.policy),
      };
    if (flags.policy !== undefined) throw policyElsewhere();
    const home = homeDirectory(process.env);
    const {model} = await openEnvironments(home);
    const plan = planPromotion(model, request);
    return {plan, demands: demandsOf(model, plan, cloneDirectory(home))};
  }

  async #promote(plan: Plan, demands: Demands | undefined, flags: PromoteFlags): Promise<Report> {
    const overrides = authOverridesOf(flags, process.env);
    const manner = mannerOf(flags);
    const result = await carryOut(this, plan, {flags, overrides, demands, manner});
    return reportOf(plan, manner.dryRun, result);
  }
}

function policyElsewhere(): Error {
  return usageError('usage', '--policy is for promotions with both registries given', [
    'what stages demand is in the environments repository: p2p.STAGE.require in its corectl.yaml',
  ]);
}
