import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {CorectlError} from '../../../src/lib/errors.ts';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {readPlanFile, writePlanFile} from '../../../src/lib/saved-plans/plan-file.ts';
import {planOfReport} from '../../../src/lib/saved-plans/plan-of-report.ts';
import {remove, temporaryFolder} from '../../support/git.ts';
import {report, untouched} from '../../support/reports.ts';

const plan = planOfReport(report([untouched({status: 'would-promote'})]), {
  createdAt: '2026-01-02T03:04:05.000Z',
  environmentsRepository: {source: 'https://git.example.com/environments', commit: null},
  request: {
    form: 'derived',
    ...{tenant: 'payments', fromStage: 'extended-test', toStages: [], environments: []},
    ...{sourceEnvironment: null, images: ['app:1.2.3'], tags: [], versionTags: false, versionTemplates: []},
    ...{destImage: null, destPath: null},
  },
  manner: {
    ...{overwrite: false, referrers: true, verifyContent: false, keepGoing: false},
    ...{allOrNothing: false, createRepositories: false},
  },
});

describe('the file of a plan', () => {
  let folder: string;
  let file: string;
  let whole: string;
  beforeEach(async () => {
    folder = temporaryFolder();
    file = path.join(folder, 'plan.json');
    await writePlanFile(file, plan);
    whole = readFileSync(file, 'utf8');
  });
  afterEach(() => {
    remove(folder);
  });

  /** What it refuses the text with. */
  async function refusal(text: string): Promise<string> {
    writeFileSync(file, text);
    const error: unknown = await readPlanFile(file).catch((caught: unknown) => caught);
    if (!(error instanceof CorectlError)) return `read: ${text.slice(0, 40)}`;
    return `${error.exitCode} ${error.code}: ${error.message}`;
  }

  /** The plan with other content, and the checksum of that. */
  function edited(changes: Readonly<Record<string, unknown>>): string {
    const content = {...plan, ...changes};
    const {corectlPlan, ...others} = content;
    return JSON.stringify({corectlPlan, checksum: digestOf(Buffer.from(JSON.stringify(content))), ...others});
  }

  it('is read as it was written, however it is laid out', async () => {
    const {checksum, ...read} = await readPlanFile(file);
    expect(read).to.deep.equal(plan);
    writeFileSync(file, whole.replaceAll('\n', ' '));
    expect((await readPlanFile(file)).checksum).to.equal(checksum);
    writeFileSync(file, edited({}));
    expect((await readPlanFile(file)).checksum).to.equal(checksum);
  });

  it('is refused where it is cut, empty, or no plan', async () => {
    for (const text of [whole.slice(0, -20), ''])
      expect(await refusal(text)).to.match(/^2 invalid-plan: .*no whole JSON/);
    for (const text of ['[1]', 'null', '{}'])
      expect(await refusal(text)).to.match(/^2 invalid-plan: .*no plan/);
  });

  it('is refused where it was edited, or is of a newer corectl', async () => {
    expect(await refusal(whole.replace('"payments"', '"lab"'))).to.match(/^2 invalid-plan: .*edited/);
    expect(await refusal(edited({corectlPlan: 2}))).to.match(/^2 invalid-plan: .*form 2/);
  });

  it('is refused with a field that it does not have, or without one that it has', async () => {
    expect(await refusal(edited({more: 1}))).to.match(/^2 invalid-plan: .*unknown field "more"/);
    expect(await refusal(edited({images: []}))).to.match(/^2 invalid-plan: .*images/);
    expect(await refusal(edited({manner: undefined}))).to.match(/^2 invalid-plan: .*manner/);
  });

  it('is refused where an image that is named by its digest has another one', async () => {
    const images = plan.images.map((one) => ({...one, image: `app@sha256:${'cd'.repeat(32)}`}));
    expect(await refusal(edited({images}))).to.match(/^2 invalid-plan: .*named by its digest.*edited/);
  });
});
