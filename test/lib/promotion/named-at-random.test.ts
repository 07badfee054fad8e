import {expect} from 'chai';
import fc from 'fast-check';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {loadModel} from '../../../src/lib/environments/load.ts';
import {CorectlError} from '../../../src/lib/errors.ts';
import {parseImageName} from '../../../src/lib/oci/reference.ts';
import {planPromotion} from '../../../src/lib/promotion/plan.ts';
import {plannedReport} from '../../../src/lib/promotion/report-of-run.ts';
import type {ImageReport} from '../../../src/lib/promotion/report.ts';
import {remove, temporaryFolder, type Files} from '../../support/git.ts';
import {expected, type Outcome} from './named-oracle.ts';
import {filesOf, randomCase, type RandomCase, type RandomRequest} from './named-repositories.ts';

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
    const tally = {refused: 0, planned: 0, leftOut: 0};
    await fc.assert(
      fc.asyncProperty(randomCase, async (one) => {
        const must = expected(one);
        const came = await outcome(root, one);
        tally['refused' in must ? 'refused' : 'planned'] += 1;
        if (!('refused' in must) && must.leftOut.length > 0) tally.leftOut += 1;
        if ('refused' in must) expect(came, `must be refused: ${must.refused}`).to.have.property('refused');
        else expect(came).to.deep.equal(sorted(must));
      }),
      {numRuns, seed},
    );
    // the generator is of no use where it makes one kind alone
    for (const [kind, count] of Object.entries(tally)) expect(count, kind).to.be.greaterThan(numRuns / 50);
    if (process.env.CORECTL_NAMED_CASES !== undefined) console.log(`seed ${seed}:`, tally);
  });
});

/** What comes of a case: read by the real loader, planned, and as the report tells it. */
async function outcome(root: string, {repository, request}: RandomCase) {
  put(root, filesOf(repository));
  const model = await loadModel(root);
  try {
    const {images} = plannedReport(planPromotion(model, requestOf(request)));
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
    source: source?.environment ?? '',
    destinations: destinations.flatMap(({stage, environments}) =>
      environments.map((name) => `${stage}/${name}`),
    ),
    leftOut: leftOut.map(({stage, environment, reason}) => `${stage}/${environment} ${reason}`),
  });
}

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

function requestOf({images, sourceEnvironment, ...rest}: RandomRequest) {
  return {
    ...rest,
    images: images.map(parseImageName),
    sourceEnvironment: sourceEnvironment ?? undefined,
    versionTags: false,
    versionTemplates: [],
  };
}

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
