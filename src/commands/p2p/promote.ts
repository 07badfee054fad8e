import * as Args from '@oclif/core/args';
import {askedBy, failedPromotion, nothingAsked} from '../../lib/cli/output/failed-promotion.ts';
import {imageNames} from '../../lib/cli/flags/image-names.ts';
import {given, mannerOf, promoteFlags, type PromoteFlags} from '../../lib/cli/flags/promote-flags.ts';
import {promoteImages} from '../../lib/cli/runs/promote-images.ts';
import {planOf, type DemandingPlan} from '../../lib/cli/runs/promote-plan.ts';
import {requestOf} from '../../lib/cli/flags/promote-request.ts';
import {shardOf, unknownShare} from '../../lib/cli/flags/shard-flags.ts';
import {tellingPromotion} from '../../lib/cli/output/tell-report.ts';
import {typedOrAsked} from '../../lib/cli/asking/typed-or-asked.ts';
import {PromotionCommand} from '../../lib/cli/promotion-command.ts';
import {parseImageName} from '../../lib/oci/reference.ts';
import type {Report} from '../../lib/promotion/report.ts';

export default class Promote extends PromotionCommand<Report> {
  static override summary =
    'copy images from a stage to the next ones, unchanged, in all of their environments';
  static override description = `The environments repository tells which stages follow and where they live. Every image is resolved to its digest once; content is copied by digest, and a tag is written only when everything below it is in place. Running the same command again finishes what was left and repeats nothing.

With both registries given instead (see EXPLICIT FORM), no environments repository is needed.

At a terminal, and without --json and --quiet, a tenant, stage or image that is missing is asked for, and environments of tier prod are written to after a yes (or --yes).

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

  protected override readonly telling = tellingPromotion;
  #started = performance.now();
  #asked = nothingAsked;

  override async run(): Promise<Report> {
    const parsed = await this.parse(Promote);
    const onEvent = this.listenerFor(parsed.flags.events);
    const shard = shardOf(parsed.flags.shard, process.env);
    if (shard !== undefined) this.#asked = {...nothingAsked, shard: unknownShare(shard)};
    const typed = {images: parsed.args.image, flags: parsed.flags};
    const {images, flags} = await typedOrAsked(this, typed, process.env);
    const names = await imageNames(images, flags['images-file']);
    const request = requestOf(names.map(parseImageName), flags, process.env);
    this.#asked = askedBy(request, given(flags['dry-run']), shard);
    const planned = await planOf(request, flags.policy);
    const report = await promoteImages(this, planned, {flags, shard, onEvent});
    if (flags['save-plan'] !== undefined)
      await this.#save(flags['save-plan'], report, {request, planned, flags});
    return this.tell(report);
  }

  async #save(file: string, report: Report, {request, planned, flags}: Saving): Promise<void> {
    const {savePlan} = await import('../../lib/cli/runs/save-plan.ts');
    const {environments} = planned;
    const told = {request, policy: flags.policy, manner: mannerOf(flags), environments};
    this.note(await savePlan(file, report, told));
  }

  protected override documentOf(error: unknown): Report {
    return failedPromotion(this.#asked, this.#started, error);
  }
}

interface Saving {
  readonly request: ReturnType<typeof requestOf>;
  readonly planned: DemandingPlan;
  readonly flags: PromoteFlags;
}
