// A home whose promotions are recorded, and whose prod demands that they are: from dev to dev and on to prod-eu.
import {expect} from 'chai';
import type {ConsentFlags} from '../../src/lib/cli/flags/consents.ts';
import type {Digest} from '../../src/lib/oci/digest.ts';
import {reportSchema, type Report} from '../../src/lib/promotion/report.ts';
import type {Files} from './git.ts';
import {promotionHome, type PromotionHome} from './promotion-home.ts';
import {pushIndex, startTestRegistry, tagged, type TestRegistry} from './registry.ts';

export interface RecordingOptions {
  /** `record` of corectl.yaml. */
  readonly record: string;
  /** `trust` of corectl.yaml, with somebody called `pipeline`. */
  readonly trust: string;
  /** What prod demands besides. */
  readonly demands?: readonly string[];
  /** The files that these name. */
  readonly files: Files;
  /** What the user allows at init. */
  readonly consent: ConsentFlags;
}

export interface RecordingHome extends PromotionHome {
  readonly registries: Readonly<Record<'dev' | 'eu', TestRegistry>>;
  /** Of app:1.0.0, which is in fast-feedback. */
  readonly digest: Digest;
  /** Promotes it from a stage, and gives what was reported besides of its one destination. */
  promote(fromStage: string, env: Record<string, string>, ...args: string[]): Promise<RecordedReport>;
  /** What its tag points to. */
  tagAt(name: 'dev' | 'eu', stage: string): Promise<string | undefined>;
  close(): Promise<void>;
}

type Destination = Report['images'][number]['destinations'][number];

export interface RecordedReport extends Report {
  readonly record: NonNullable<Destination['record']>['status'] | undefined;
  /** The destination's, or what stopped it all. */
  readonly failure: Report['error'];
}

/** Where a tenant's image is in a stage. */
const repositoryOf = (stage: string): string => `tenant/payments/${stage}/app`;

/** Starts two registries, pushes the image to the first, and initialises the home. */
export async function recordingHome(options: RecordingOptions): Promise<RecordingHome> {
  const registries = {dev: await startTestRegistry(), eu: await startTestRegistry()};
  const {dev, eu} = registries;
  const home = await promotionHome({
    registries: {dev: dev.host, 'prod-eu': eu.host},
    stages: {},
    files: {'corectl.yaml': settingsOf(options), ...options.files},
    consent: options.consent,
  });
  const {digest} = await pushIndex(dev, repositoryOf('fast-feedback'), '1.0.0');
  return {
    ...home,
    registries,
    digest,
    promote: (...words) => promoted(home, ...words),
    tagAt: (name, stage) => tagged(registries[name], repositoryOf(stage), '1.0.0'),
    close: async () => {
      home.remove();
      await Promise.all([dev.close(), eu.close()]);
    },
  };
}

const settingsOf = ({record, trust, demands = []}: RecordingOptions): string => `p2p:
  record: ${record}
  trust: ${trust}
  fast-feedback: {default-envs: [dev]}
  extended-test: {default-envs: [dev]}
  prod: {default-envs: [prod-eu], require: {${['promoted: pipeline', ...demands].join(', ')}}}
`;

async function promoted(
  home: PromotionHome,
  fromStage: string,
  env: Record<string, string>,
  ...args: string[]
): Promise<RecordedReport> {
  const command = ['p2p', 'promote', 'app:1.0.0', '--tenant', 'payments', '--from-stage', fromStage];
  const {code, stdout} = await home.corectl([...command, '--json', ...args], {env});
  const report = reportSchema.parse(JSON.parse(stdout));
  expect(report.exitCode).to.equal(code);
  const [destination] = report.images[0]?.destinations ?? [];
  return {...report, record: destination?.record?.status, failure: destination?.error ?? report.error};
}
