import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {yesFlag} from '../../lib/cli/flags/yes-flag.ts';
import {authOverrideFlags, authOverridesOf} from '../../lib/cli/flags/auth-overrides.ts';
import {askedBy, failedPromotion, nothingAsked} from '../../lib/cli/output/failed-promotion.ts';
import {overrideOf} from '../../lib/cli/runs/demands.ts';
import {given, promoteFlags} from '../../lib/cli/flags/promote-flags.ts';
import {lockFlags} from '../../lib/cli/flags/lock-flags.ts';
import {runFlags} from '../../lib/cli/flags/run-flags.ts';
import {shardOf, unknownShare} from '../../lib/cli/flags/shard-flags.ts';
import {tellingPromotion} from '../../lib/cli/output/tell-report.ts';
import {PromotionCommand} from '../../lib/cli/promotion-command.ts';
import type {AppliedDocument} from '../../lib/saved-plans/documents.ts';

export default class Apply extends PromotionCommand<AppliedDocument> {
  static override summary = 'carry out a plan that was saved and reviewed';
  static override description = `Does what corectl p2p promote --dry-run --save-plan wrote down: the same digests, to the same destinations, with the same flags. Nothing is written when the environments repository, a source tag or a destination tag has moved since; what has moved is told. A destination that has the image already is up to date. What stages demand and which hosts are trusted is asked anew, whatever the file says.

Exit codes:
  0    all promoted or up to date
  1    a destination failed
  2    usage or configuration; the file is no plan, was edited, or is of a newer corectl
  3    an image is not in the from-stage any more
  4    a destination tag holds another digest
  5    a registry refused or could not be reached before anything was written
  6    something has moved since, or what a destination demands of the image is not shown
  130  interrupted`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> plan.json',
    '<%= config.bin %> <%= command.id %> plan.json --dry-run',
    '<%= config.bin %> <%= command.id %> plan.json --allow-drift --json',
    '<%= config.bin %> <%= command.id %> plan.json --shard 2/4 --json',
  ];
  static override args = {
    file: Args.string({description: 'what --save-plan wrote', required: true}),
  };
  static override flags = {
    'allow-drift': Flags.boolean({
      description:
        'carry it out although something has moved, and say what; never to a place that was not in it',
    }),
    policy: Flags.string({
      helpValue: 'FILE',
      description:
        'of a plan with both registries given: what is demanded of the images, instead of the file that the plan names',
    }),
    'override-policy': promoteFlags['override-policy'],
    'dry-run': Flags.boolean({description: 'find out whether it still holds, and write nothing'}),
    ...yesFlag,
    ...authOverrideFlags,
    concurrency: Flags.integer({
      helpValue: 'N',
      description: 'blobs in flight at once, and requests to one registry',
      min: 1,
      max: 64,
    }),
    ...lockFlags,
    ...runFlags,
  };

  protected override readonly telling = tellingPromotion;
  #started = performance.now();
  #asked = nothingAsked;

  override async run(): Promise<AppliedDocument> {
    const {args, flags} = await this.parse(Apply);
    const onEvent = this.listenerFor(flags.events);
    const dryRun = given(flags['dry-run']);
    const shard = shardOf(flags.shard, process.env);
    this.#asked = {...nothingAsked, dryRun, ...(shard && {shard: unknownShare(shard)})};
    const [{readPlanFile}, {applyPlan}] = await Promise.all([
      import('../../lib/saved-plans/plan-file.ts'),
      import('../../lib/cli/runs/apply-plan.ts'),
    ]);
    const saved = await readPlanFile(args.file);
    this.#asked = askedBy(saved.request, dryRun, shard);
    const {report, drift} = await applyPlan(this, saved, {
      ...{flags, onEvent, dryRun, shard, file: args.file, override: overrideOf(flags['override-policy'])},
      policy: flags.policy,
      overrides: authOverridesOf(flags, process.env),
      allowDrift: given(flags['allow-drift']),
    });
    return this.tell({...report, drift});
  }

  protected override documentOf(error: unknown): AppliedDocument {
    return {...failedPromotion(this.#asked, this.#started, error), drift: []};
  }
}
