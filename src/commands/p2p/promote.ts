import {setDefaultHighWaterMark} from 'node:stream';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type {InferredFlags} from '@oclif/core/interfaces';
import {BaseCommand, errorDocument} from '../../lib/base-command.ts';
import {tellerOn} from '../../lib/credentials/secrets.ts';
import {homeDirectory} from '../../lib/environments/home.ts';
import {openEnvironments} from '../../lib/environments/open.ts';
import {CorectlError} from '../../lib/errors.ts';
import {networkSettings} from '../../lib/network-settings.ts';
import {parseImageName} from '../../lib/oci/reference.ts';
import {admissionFor} from '../../lib/promotion/admission.ts';
import {Connection} from '../../lib/promotion/connection.ts';
import {identitiesFor} from '../../lib/promotion/identities.ts';
import {planPromotion, type Plan} from '../../lib/promotion/plan.ts';
import type {Report} from '../../lib/promotion/report.ts';
import {plannedReport, runPromotion} from '../../lib/promotion/run-promotion.ts';
import {renderFailure} from '../../lib/ui/error-text.ts';
import {drawsOn, promotionListener} from '../../lib/ui/progress.ts';
import {renderReport} from '../../lib/ui/summary.ts';

/** Bytes that each stream may hold: Node's 16 KiB make twice the system calls for layers of gigabytes. */
const streamBuffer = 1024 * 1024;

/** Blobs in flight at once: more do not make a registry's disk faster. */
const defaultConcurrency = 4;

const several = {multiple: true, multipleNonGreedy: true} as const;

export default class Promote extends BaseCommand {
  static override summary =
    'copy images from a stage to the next ones, unchanged, in all of their environments';
  static override description = `The environments repository tells which stages follow and where they live. Every image is resolved to its digest once; content is copied by digest, and a tag is written only when everything below it is in place. Running the same command again finishes what was left and repeats nothing.

Proxies come from HTTPS_PROXY, HTTP_PROXY and NO_PROXY; time limits, in seconds, from CORECTL_CONNECT_TIMEOUT, CORECTL_ANSWER_TIMEOUT, CORECTL_COMMIT_TIMEOUT and CORECTL_IDLE_TIMEOUT.

Exit codes:
  0    all promoted or up to date
  1    a destination failed
  2    usage or configuration
  3    an image is not in the from-stage
  4    a destination tag holds another digest
  5    a registry refused or could not be reached before anything was written
  130  interrupted`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments --from-stage fast-feedback',
    '<%= config.bin %> <%= command.id %> app:1.2.3 worker:1.2.3 --tenant payments --from-stage extended-test --dry-run',
    '<%= config.bin %> <%= command.id %> app:1.2.3 --tenant payments --from-stage extended-test --environment prod-eu --json',
  ];
  static override args = {
    image: Args.string({
      description: 'name:tag or name@sha256:…, without a registry',
      required: true,
      multiple: true,
    }),
  };
  static override flags = {
    tenant: Flags.string({
      char: 't',
      helpValue: 'TENANT',
      description: 'owner of the images [env: P2P_TENANT_NAME, TENANT_NAME]',
    }),
    'from-stage': Flags.string({
      helpValue: 'STAGE',
      description: 'the stage that the images have passed',
      required: true,
    }),
    'to-stage': Flags.string({
      helpValue: 'STAGE',
      description: 'only this one of the next stages; repeatable',
      ...several,
    }),
    environment: Flags.string({
      char: 'e',
      helpValue: 'ENVIRONMENT',
      description: 'only this destination environment; repeatable',
      ...several,
    }),
    'source-environment': Flags.string({
      helpValue: 'ENVIRONMENT',
      description: "where to read from, instead of the from-stage's first environment",
    }),
    'source-auth-override': Flags.string({
      helpValue: 'FILE',
      description: 'credential file for the source',
      env: 'SOURCE_AUTH_OVERRIDE',
    }),
    'dest-auth-override': Flags.string({
      helpValue: 'FILE',
      description:
        'credential file for all destinations or, as ENVIRONMENT=FILE, for one; repeatable [env: DEST_AUTH_OVERRIDE]',
      ...several,
    }),
    'dry-run': Flags.boolean({
      description: 'everything but the writing: what would happen, and how many bytes would move',
    }),
    offline: Flags.boolean({
      description: 'with --dry-run: no network, only what the repository tells',
      dependsOn: ['dry-run'],
    }),
    'create-repositories': Flags.boolean({
      description: 'create missing ECR repositories, with immutable tags and scan on push',
    }),
    overwrite: Flags.boolean({
      description: 'allow a destination tag to move to another digest',
    }),
    'keep-going': Flags.boolean({
      description: 'leave out environments that turn out unable before anything is written',
      exclusive: ['all-or-nothing'],
    }),
    'all-or-nothing': Flags.boolean({
      description: 'write no tag anywhere unless every destination received all content',
    }),
    referrers: Flags.boolean({
      description: 'take signatures, attestations and SBOMs along, before the tag is written',
      default: true,
      allowNo: true,
    }),
    concurrency: Flags.integer({
      helpValue: 'N',
      description: 'blobs in flight at once (4 unless given), and requests in flight to one registry',
      min: 1,
      max: 64,
    }),
    'ca-file': Flags.string({
      helpValue: 'FILE',
      description: "certificates of authorities to trust besides Node's own, in PEM",
    }),
  };

  #started = performance.now();
  #asked = {dryRun: false, tenant: '', fromStage: ''};

  override async run(): Promise<Report> {
    const {args, flags} = await this.parse(Promote);
    const plan = await this.#plan(args.image, flags);
    const report = flags.offline ? plannedReport(plan) : await this.#promote(plan, flags);
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
      error: errorDocument(error),
    };
  }

  async #plan(names: readonly string[], flags: PromoteFlags): Promise<Plan> {
    const {P2P_TENANT_NAME, TENANT_NAME} = process.env;
    const tenant = [flags.tenant, P2P_TENANT_NAME, TENANT_NAME].find(Boolean);
    this.#asked = {dryRun: given(flags['dry-run']), tenant: tenant ?? '', fromStage: flags['from-stage']};
    const images = names.map(parseImageName);
    if (tenant === undefined) throw tenantMissing();
    const {model} = await openEnvironments(homeDirectory(process.env));
    return planPromotion(model, {
      images,
      tenant,
      fromStage: flags['from-stage'],
      toStages: flags['to-stage'] ?? [],
      environments: flags.environment ?? [],
      sourceEnvironment: flags['source-environment'],
    });
  }

  async #promote(plan: Plan, flags: PromoteFlags): Promise<Report> {
    const {DEST_AUTH_OVERRIDE: forAll} = process.env;
    const destinations = flags['dest-auth-override'] ?? (forAll ? [forAll] : []);
    const network = {
      ...(await networkSettings(process.env, flags['ca-file'])),
      ...(flags.verbose && {
        trace: (line: string) => {
          this.note(line);
        },
      }),
    };
    const teller = tellerOn((text) => process.stderr.write(text), process.env);
    const surroundings = {env: process.env, teller, wire: network};
    const overrides = {source: flags['source-auth-override'], destinations};
    const identityOf = identitiesFor(plan, overrides, surroundings);
    const signal = this.interruption();
    setDefaultHighWaterMark(false, streamBuffer);
    const connection = new Connection({
      ...network,
      identityOf,
      signal,
      requestsPerHost: flags.concurrency,
    });
    const progress = promotionListener({
      stderr: process.stderr,
      isTerminal: !flags.verbose && drawsOn(process.stderr, process.env),
    });
    try {
      return await runPromotion(plan, connection, {
        dryRun: given(flags['dry-run']),
        overwrite: given(flags.overwrite),
        referrers: flags.referrers,
        keepGoing: given(flags['keep-going']),
        allOrNothing: given(flags['all-or-nothing']),
        concurrency: flags.concurrency ?? defaultConcurrency,
        admission: admissionFor({
          identityOf,
          createRepositories: given(flags['create-repositories']),
          dryRun: given(flags['dry-run']),
        }),
        emit: progress.listener,
        signal,
      });
    } finally {
      await progress.stop();
      connection.close();
    }
  }
}

/** oclif leaves a switch that was not given undefined, whatever its type says; a default would count as given elsewhere. */
const given = (flag: boolean | undefined): boolean => flag === true;

type PromoteFlags = InferredFlags<typeof Promote.flags & typeof Promote.baseFlags>;

function tenantMissing(): CorectlError {
  return new CorectlError({
    code: 'usage',
    message: 'the tenant is missing',
    suggestions: ['name it with --tenant, or in P2P_TENANT_NAME; corectl tenant list shows all'],
  });
}
