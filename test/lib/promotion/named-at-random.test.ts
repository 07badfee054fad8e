import {expect} from 'chai';
import fc from 'fast-check';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {PromoteFlags} from '../../../src/lib/cli/flags/promote-flags.ts';
import {requestOf} from '../../../src/lib/cli/flags/promote-request.ts';
import {loadModel} from '../../../src/lib/environments/reading/load.ts';
import {CorectlError} from '../../../src/lib/errors.ts';
import {parseImageName} from '../../../src/lib/oci/reference.ts';
import {planExplicit} from '../../../src/lib/promotion/planning/explicit-plan.ts';
import {planPromotion} from '../../../src/lib/promotion/planning/plan.ts';
import {plannedReport} from '../../../src/lib/promotion/report-of-run.ts';
import type {ImageReport} from '../../../src/lib/promotion/report.ts';
import {remove, temporaryFolder, type Files} from '../../support/git.ts';
import {expected, type Outcome} from './named-oracle.ts';
import {
  explicitParts,
  filesOf,
  randomCase,
  type RandomCase,
  type RandomRequest,
} from './named-repositories.ts';

// CORECTL_NAMED_CASES=20000 for a long look, CORECTL_NAMED_SEED to see a case again
const numRuns = Number(process.env.CORECTL_NAMED_CASES ?? 2000);
const seed = Number(process.env.CORECTL_NAMED_SEED ?? Date.now());

describe('what is named in any environments repository, by any request', () => {
  let root: string;
  before(() => {
    root = temporaryFolder();
  });
  after(() => {
    remove(root);
  });

  it('is promoted, told or refused', async function () {
    // about 3 ms each; a busy machine may take many times that
    this.timeout(numRuns * 200);
    const tally = {refused: 0, planned: 0, leftOut: 0, explicit: 0};
    await fc.assert(
      fc.asyncProperty(randomCase, async (one) => {
        const must = expected(one);
        const came = await outcome(root, one);
        tally['refused' in must ? 'refused' : 'planned'] += 1;
        if (!('refused' in must) && must.leftOut.length > 0) tally.leftOut += 1;
        if (!('refused' in must) && must.source.includes('/')) tally.explicit += 1;
        if ('refused' in must) expect(came, `must be refused: ${must.refused}`).to.have.property('refused');
        else expect(came).to.deep.equal(sorted(must));
      }),
      {numRuns, seed},
    );
    // the generator is of no use where it makes one kind alone
    for (const [kind, count] of Object.entries(tally)) expect(count, kind).to.be.greaterThan(numRuns / 100);
    if (process.env.CORECTL_NAMED_CASES !== undefined) console.log(`seed ${seed}:`, tally);
  });
});

/** What comes of a case: read by the real loader, planned, and as the report tells it. */
async function outcome(root: string, {repository, request}: RandomCase) {
  put(root, filesOf(repository));
  const model = await loadModel(root);
  try {
    const asked = requestOf(request.images.map(parseImageName), ...typed(request));
    const plan = asked.form === 'explicit' ? planExplicit(asked) : planPromotion(model, asked);
    const {images} = plannedReport(plan);
    const [first, ...others] = images;
    expect(images.map(({image}) => image)).to.have.members([...new Set(request.images)]);
    for (const other of others) expect(placesOf(other)).to.deep.equal(placesOf(first));
    for (const image of images) for (const {tags} of image.destinations) expectTags(image, tags, request);
    return placesOf(first);
  } catch (error) {
    if (!(error instanceof CorectlError)) throw error;
    expect(error.exitCode, error.message).to.equal(2);
    return {refused: error.message};
  }
}

function placesOf(image: ImageReport | undefined): Outcome {
  const {source, destinations = [], leftOut = []} = image ?? {};
  return sorted({
    source: source?.environment ?? registryOf(source?.reference),
    destinations: destinations.flatMap(({stage, environments, reference}) =>
      environments.length === 0 ? registryOf(reference) : environments.map((name) => `${stage}/${name}`),
    ),
    leftOut: leftOut.map(({stage, environment, reason}) => `${stage}/${environment} ${reason}`),
  });
}

/** What stands before the image's name. */
const registryOf = (reference = ''): string => reference.slice(0, reference.lastIndexOf('/'));

const sorted = ({source, destinations, leftOut}: Outcome): Outcome => ({
  source,
  destinations: destinations.toSorted(),
  leftOut: leftOut.toSorted(),
});

function expectTags(
  {image}: ImageReport,
  tags: readonly {tag: string}[],
  {tags: asked}: RandomRequest,
): void {
  const {tag} = parseImageName(image);
  expect([...tags.map((one) => one.tag), tag]).to.include.members([...asked]);
}

/** The request as flags and variables. */
function typed(request: RandomRequest): [PromoteFlags, NodeJS.ProcessEnv] {
  const {tenant, fromStage, sourceEnvironment, toStages, environments, tags, explicit} = request;
  const flags = {
    tenant: tenant.flag,
    'from-stage': fromStage,
    'source-environment': sourceEnvironment,
    'to-stage': toStages.length === 0 ? null : toStages,
    environment: environments.length === 0 ? null : environments,
    tag: tags,
    ...Object.fromEntries(explicitParts.map((name) => [dashed(name), explicit[name].flag])),
  };
  const variables = {
    TENANT_NAME: tenant.variable,
    ...Object.fromEntries(
      explicitParts.map((name) => [dashed(name).toUpperCase().replace('-', '_'), explicit[name].variable]),
    ),
  };
  return [given(flags) as unknown as PromoteFlags, given(variables) as NodeJS.ProcessEnv];
}

/** `source-registry` of `sourceRegistry` */
const dashed = (name: string): string => name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);

const given = (all: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));

const there = new Map<string, string>();

/** Makes the folder hold these files and no others, writing what is different from the last case alone. */
function put(root: string, files: Files): void {
  for (const name of there.keys()) {
    if (name in files) continue;
    rmSync(path.join(root, name));
    // a folder is an environment
    if (name.endsWith('/config.yaml') || name.endsWith('/README.md'))
      rmSync(path.join(root, path.dirname(name)), {recursive: true});
    there.delete(name);
  }
  for (const [name, text] of Object.entries(files)) {
    if (there.get(name) === text) continue;
    mkdirSync(path.dirname(path.join(root, name)), {recursive: true});
    writeFileSync(path.join(root, name), text);
    there.set(name, text);
  }
}
