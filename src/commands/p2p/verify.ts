import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {identitiesFor} from '../../lib/access/identities.ts';
import {BaseCommand} from '../../lib/cli/base-command.ts';
import {demandsOf} from '../../lib/cli/demands.ts';
import {authOverrideFlags, authOverridesOf} from '../../lib/cli/promote-flags.ts';
import {networkFlags, withRegistries} from '../../lib/cli/registries.ts';
import {cloneDirectory, homeDirectory} from '../../lib/environments/home.ts';
import type {Model} from '../../lib/environments/model.ts';
import {openEnvironments} from '../../lib/environments/open.ts';
import {exitCodes} from '../../lib/errors.ts';
import {parseImageName} from '../../lib/oci/reference.ts';
import {partiesOf, planPromotion, type Plan} from '../../lib/promotion/plan.ts';
import {renderResults} from '../../lib/ui/policy-table.ts';
import {usageError} from '../../lib/usage-error.ts';

export default class Verify extends BaseCommand {
  static override summary = 'show whether images may be promoted into a stage by what it demands';
  static override description = `Judges images as a promotion does, where they are now, and promotes nothing: each rule with the line that demands it, what was found, and what would satisfy it.

Exit codes:
  0  all that is demanded is shown
  2  usage or configuration
  3  an image is not in the stage before
  5  a registry refused or could not be reached
  6  something is not shown`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments --stage prod',
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments --stage prod --json',
  ];
  static override args = {
    image: Args.string({description: 'name:tag or name@sha256:…', required: true, multiple: true}),
  };
  static override flags = {
    tenant: Flags.string({
      char: 't',
      helpValue: 'TENANT',
      description: 'owner of the images [env: P2P_TENANT_NAME, TENANT_NAME]',
    }),
    stage: Flags.string({helpValue: 'STAGE', description: 'the stage that demands', required: true}),
    'from-stage': Flags.string({
      helpValue: 'STAGE',
      description: 'where the images are, where several stages lead there',
    }),
    'source-auth-override': authOverrideFlags['source-auth-override'],
    ...networkFlags,
  };

  override async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Verify);
    const {P2P_TENANT_NAME, TENANT_NAME} = process.env;
    const tenant = [flags.tenant, P2P_TENANT_NAME, TENANT_NAME].find(Boolean);
    if (tenant === undefined) throw usageError('usage', 'the tenant is missing', ['name it with --tenant']);
    const home = homeDirectory(process.env);
    const {model} = await openEnvironments(home);
    const plan = planPromotion(model, {
      images: args.image.map(parseImageName),
      tenant,
      fromStage: flags['from-stage'] ?? stageBefore(model, flags.stage),
      ...{toStages: [flags.stage], environments: [], tags: [], versionTags: false, versionTemplates: []},
    });
    const demands = demandsOf(model, plan, cloneDirectory(home));
    const images = demands === undefined ? [] : await this.#judge(plan, demands, flags);
    const ok = images.every(({satisfied}) => satisfied);
    process.exitCode = ok ? exitCodes.success : exitCodes.policy;
    this.log(
      demands === undefined
        ? `Nothing is demanded on the way into ${flags.stage}.`
        : renderResults(images, {width: process.stdout.columns}).trimEnd(),
    );
    return {ok, exitCode: process.exitCode, tenant, stage: flags.stage, images, error: null};
  }

  async #judge(plan: Plan, demands: NonNullable<ReturnType<typeof demandsOf>>, flags: VerifyFlags) {
    const [{judgePlan}, {isSatisfied}] = await Promise.all([
      import('../../lib/promotion/policy-gate.ts'),
      import('../../lib/policy/evaluate.ts'),
    ]);
    const overrides = authOverridesOf(flags, process.env);
    const judged = await withRegistries(
      this,
      {flags, identities: (surroundings) => identitiesFor(partiesOf(plan), overrides, surroundings)},
      ({connection}) => judgePlan(plan, {...plan, demands, connection, now: new Date()}),
    );
    return judged.map(({planned, digest, results}) => ({
      image: planned.label,
      digest,
      satisfied: isSatisfied(results),
      results,
    }));
  }
}

type VerifyFlags = Parameters<typeof authOverridesOf>[0] & Parameters<typeof withRegistries>[1]['flags'];

/** The one stage that leads into another. */
function stageBefore({stages}: Model, name: string): string {
  const before = [...stages.values()].filter(({next}) => next.includes(name)).map((stage) => stage.name);
  const [only] = before;
  if (only !== undefined && before.length === 1) return only;
  throw usageError(
    'usage',
    before.length === 0
      ? `no stage leads to ${JSON.stringify(name)}`
      : `${before.join(' and ')} lead to ${name}`,
    ['name where the images are with --from-stage; corectl p2p stages shows the path'],
  );
}
