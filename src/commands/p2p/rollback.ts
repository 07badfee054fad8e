import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {authOverrideFlags} from '../../lib/cli/flags/auth-overrides.ts';
import {recordKeyFlag} from '../../lib/cli/flags/consents.ts';
import {yesFlag} from '../../lib/cli/flags/yes-flag.ts';
import {failedPromotion, nothingAsked} from '../../lib/cli/output/failed-promotion.ts';
import {lockFlags} from '../../lib/cli/flags/lock-flags.ts';
import {placeFlags} from '../../lib/cli/flags/place-flags.ts';
import {networkFlags} from '../../lib/cli/flags/network-flags.ts';
import {eventsFlag} from '../../lib/cli/flags/events-flag.ts';
import {tellingPromotion} from '../../lib/cli/output/tell-report.ts';
import {PromotionCommand} from '../../lib/cli/promotion-command.ts';
import type {RollbackDocument} from '../../lib/promotion/documents.ts';
import {tenantFlag, tenantNamed} from '../../lib/cli/flags/tenant-flag.ts';

export default class Rollback extends PromotionCommand<RollbackDocument> {
  static override summary = 'point the floating tags of a stage to what stood under them before';
  static override description = `The records say what stood under a tag before the promotion that put there what it points to now; only records count that somebody signed who is trusted to. That digest is promoted once more, under the same rules, and recorded as every promotion is: rolling back again leads forward. Where a tag points to something else in one of the environments, nothing is written anywhere. A dry run unless --confirm is given.

Exit codes:
  0    the tags point to what they did before, or would
  1    a destination failed
  2    usage or configuration; no record says what stood there before
  3    the image is gone
  4    a tag points to something else in one of the environments
  5    a registry refused or could not be reached before anything was written
  6    what the stage demands of the image is not shown
  130  interrupted`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> app --tenant payments --stage prod',
    '<%= config.bin %> <%= command.id %> app:latest --tenant payments --stage prod --confirm',
  ];
  static override args = {
    image: Args.string({description: 'name, or name:tag for one tag alone', required: true}),
  };
  static override flags = {
    ...tenantFlag,
    stage: Flags.string({helpValue: 'STAGE', description: 'the stage that is to go back', required: true}),
    'from-stage': Flags.string({
      helpValue: 'STAGE',
      description: 'where its images come from, where several stages lead there',
    }),
    environment: placeFlags.environment,
    confirm: Flags.boolean({
      description: 'write: without it, all is read and nothing written',
      default: false,
    }),
    'override-policy': Flags.string({
      helpValue: 'REASON',
      description: 'go back although what is demanded is not shown; the reason is reported and recorded',
    }),
    ...yesFlag,
    ...lockFlags,
    ...authOverrideFlags,
    ...eventsFlag,
    ...networkFlags,
    ...recordKeyFlag,
  };

  protected override readonly telling = tellingPromotion;
  #started = performance.now();
  #asked = nothingAsked;

  override async run(): Promise<RollbackDocument> {
    const {args, flags} = await this.parse(Rollback);
    const onEvent = this.listenerFor(flags.events);
    const [{parseSought}, {rollBack}] = await Promise.all([
      import('../../lib/cli/runs/image-history.ts'),
      import('../../lib/cli/runs/roll-back.ts'),
    ]);
    const asked = {
      image: parseSought(args.image),
      tenant: tenantNamed(flags.tenant, process.env),
      ...{stage: flags.stage, fromStage: flags['from-stage'], confirm: flags.confirm},
      environments: flags.environment ?? [],
      overridePolicy: flags['override-policy'],
    };
    this.#asked = {...this.#asked, dryRun: !flags.confirm, tenant: asked.tenant};
    const {rollback, report} = await rollBack(this, asked, {flags, onEvent});
    const {tags, digest, from, since} = rollback;
    this.say(`${tags.join(', ')} in ${flags.stage}: ${from} since ${since}, before that ${digest}\n`);
    const document = await this.tell({...report, rollback});
    if (report.error === null && !flags.confirm) this.note('--confirm does it');
    return document;
  }

  protected override documentOf(error: unknown): RollbackDocument {
    return {...failedPromotion(this.#asked, this.#started, error), rollback: null};
  }
}
