// One promotion that several processes share: each image once, and in the end one report.
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {manifestReportSchema} from '../../src/lib/promoter-manifests/report.ts';
import {reportSchema, type Report} from '../../src/lib/promotion/report.ts';
import type {SavedPlan} from '../../src/lib/saved-plans/saved-plan.ts';
import type {CliResult} from '../support/cli.ts';
import {writeFiles} from '../support/git.ts';
import {entry, registriesText} from '../support/manifests.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, registriesOfTest, tagged, type TestRegistry} from '../support/registry.ts';

const from = 'tenant/payments/extended-test';
const to = 'tenant/payments/prod';
// twelve names in two versions each; 2500 make 5,000 images
const names = Number(process.env.CORECTL_SHARDED_NAMES ?? 12);
const minutes = names > 12 ? 60 : 4;

describe('shards of a promotion', function () {
  this.timeout(minutes * 60_000);
  const registries = registriesOfTest();
  let dev: TestRegistry;
  let homes: PromotionHome[];
  beforeEach(async () => {
    homes = [];
    dev = await registries.start();
  });
  afterEach(() => {
    for (const home of homes) home.remove();
  });

  /** A home with so many environments to promote to, and their registries. */
  async function homeWith(count: number) {
    const prod = await Promise.all(Array.from({length: count}, () => registries.start()));
    const hosts = Object.fromEntries(prod.map(({host}, index) => [`prod-${index}`, host]));
    const home = await promotionHome({
      registries: {dev: dev.host, ...hosts},
      stages: {'extended-test': ['dev'], prod: Object.keys(hosts)},
    });
    homes.push(home);
    return {home, prod};
  }

  /** Images of different sizes, each in two versions: `image-3:1.0.0`. */
  async function push(count: number): Promise<string[]> {
    const names = Array.from({length: count}, (_, index) => `image-${index}`);
    for (const [index, name] of names.entries())
      for (const tag of ['1.0.0', '1.1.0'])
        await pushImage(dev, `${from}/${name}`, tag, {
          ...{seed: `${name}:${tag}`, layers: 1 + (index % 3), layerSize: 100 * (1 + (index % 12) ** 2)},
        });
    return names.flatMap((name) => ['1.1.0', '1.0.0'].map((tag) => `${name}:${tag}`));
  }

  const request = ['--tenant', 'payments', '--from-stage', 'extended-test'];
  const asReport = ({stdout}: CliResult) => reportSchema.parse(JSON.parse(stdout));

  function listed(home: PromotionHome, images: readonly string[]): string[] {
    const file = path.join(home.folder, 'images.txt');
    writeFileSync(file, images.map((image) => `${image}\n`).join(''));
    return ['p2p', 'promote', '--images-file', file, ...request];
  }

  /** Plans the promotion of the images. */
  async function planned(home: PromotionHome, images: readonly string[], ...more: string[]): Promise<string> {
    const file = path.join(home.folder, 'plan.json');
    const {code, stderr} = await home.corectl(
      [...listed(home, images), '--dry-run', '--save-plan', file, ...more],
      {timeoutMs: minutes * 60_000},
    );
    expect(code, stderr).to.equal(0);
    return file;
  }

  /** Runs every shard as a Job of Kubernetes does, so many beside each other, and keeps their reports. */
  async function applied(home: PromotionHome, plan: string, {of, atOnce}: {of: number; atOnce: number}) {
    const files: string[] = [];
    const runs: CliResult[] = [];
    for (let first = 0; first < of; first += atOnce)
      await Promise.all(
        Array.from({length: Math.min(atOnce, of - first)}, async (_, offset) => {
          const index = first + offset;
          const env = {JOB_COMPLETION_INDEX: String(index), JOB_COMPLETIONS: String(of)};
          const run = await home.corectl(['p2p', 'apply', plan, '--shard', 'auto', '--json'], {
            env,
            timeoutMs: minutes * 60_000,
          });
          files[index] = path.join(home.folder, `${index}-of-${of}.json`);
          writeFileSync(files[index], run.stdout);
          runs[index] = run;
        }),
      );
    return {files, runs};
  }

  const merged = async (home: PromotionHome, files: readonly string[], ...more: string[]) => {
    const run = await home.corectl(['report', 'merge', ...files, ...more, '--json']);
    return {...run, report: run.stdout === '' ? undefined : asReport(run)};
  };

  /** Without times and shards, and with the names of environments where registries have a port that differs. */
  function comparable(report: Report, prod: readonly TestRegistry[]): unknown {
    const left = (key: string) => key === 'durationMs' || key === 'shard' || key === 'shards';
    const text = JSON.stringify(report, (key: string, value: unknown) => (left(key) ? undefined : value));
    const named = prod.reduce((all, {host}, index) => all.replaceAll(host, `prod-${index}`), text);
    return JSON.parse(named);
  }

  it('leave together what one process leaves: by four processes at once, from one plan', async () => {
    const images = await push(names);
    const [one, many] = [await homeWith(4), await homeWith(4)];
    const alone = await applied(one.home, await planned(one.home, images), {of: 1, atOnce: 1});
    const read = () => new Set(dev.log.requests({method: 'GET', path: /\/blobs\//}).map(({url}) => url));
    const reads = read();
    dev.log.clear();
    const shared = await applied(many.home, await planned(many.home, images), {of: 8, atOnce: 4});
    expect(shared.runs.map(({code}) => code)).to.deep.equal(Array.from({length: 8}, () => 0));

    const whole = await merged(one.home, alone.files);
    const together = await merged(many.home, shared.files);
    expect([whole.code, together.code], together.stderr).to.deep.equal([0, 0]);
    expect(comparable(together.report!, many.prod)).to.deep.equal(comparable(whole.report!, one.prod));
    // and what is not merged says the same
    expect(comparable(asReport(alone.runs[0]!), one.prod)).to.deep.equal(comparable(whole.report!, one.prod));
    expect(together.report!.images.map(({image}) => image)).to.deep.equal(images);
    expect(read()).to.deep.equal(reads);
    for (const registry of many.prod)
      expect(await tagged(registry, `${to}/image-11`, '1.0.0')).to.match(/^sha256:/);
    // versions of one image are one shard's: a tag that floats cannot be moved back by another
    for (const {stdout} of shared.runs) {
      const names = asReport({stdout} as CliResult).images.map(({image}) => image);
      expect(names.filter((name) => name.endsWith('1.0.0')).length * 2).to.equal(names.length);
    }
  });

  it('are started again alone, and then make a whole', async () => {
    const images = await push(4);
    const {home, prod} = await homeWith(1);
    const plan = await planned(home, images);
    const broken = prod[0]!.faults.add({path: /image-3\/blobs\/uploads/, action: {status: 403}});
    const {files, runs} = await applied(home, plan, {of: 3, atOnce: 3});
    const bad = runs.findIndex(({code}) => code !== 0);
    expect(runs.map(({code}) => code).sort()).to.deep.equal([0, 0, 1]);
    const failed = await merged(home, files);
    expect([failed.code, failed.report?.ok]).to.deep.equal([1, false]);
    expect(failed.report!.images.map(({image}) => image)).to.deep.equal(images);
    const text = await home.corectl(['report', 'merge', ...files]);
    expect(text.stdout).to.contain(`3 shards: ${bad + 1}/3 ended with exit code 1.`);

    broken.remove();
    const writes = () => prod[0]!.log.requests({method: 'PUT'}).length;
    const again = await home.corectl(['p2p', 'apply', plan, '--shard', `${bad + 1}/3`, '--json']);
    expect(again.code, again.stderr).to.equal(0);
    writeFileSync(files[bad]!, again.stdout);
    const before = writes();
    expect((await merged(home, files)).code).to.equal(0);
    expect(writes()).to.equal(before);
    const unnamed = await home.corectl(['report', 'merge', ...files]);
    expect(unnamed.stderr).to.contain('the reports say no run');
    const missing = await merged(
      home,
      files.filter((_, index) => index !== bad),
    );
    expect([missing.code, missing.report?.error?.code]).to.deep.equal([1, 'missing-shard']);
    const twice = await home.corectl(['report', 'merge', ...files, files[0]!, '--json']);
    expect([twice.code, twice.stdout.includes('shards-disagree')]).to.deep.equal([2, true]);
  });

  it('say so where there is nothing for one of them, and end with 0', async () => {
    const images = await push(1);
    const {home} = await homeWith(1);
    const promote = listed(home, images.slice(0, 1));
    const runs = [
      await home.corectl([...promote, '--shard', '1/2', '--json']),
      await home.corectl([...promote, '--shard', '2/2', '--json']),
    ];
    expect(runs.map((run) => [run.code, asReport(run).images.length])).to.deep.equal([
      [0, 1],
      [0, 0],
    ]);
    const text = await home.corectl([...promote, '--shard', '2/2']);
    expect([text.code, text.stdout]).to.deep.equal([0, 'Shard 2/2: none of 1 image, nothing to do.\n']);
    const files = runs.map(({stdout}, index) => {
      const file = path.join(home.folder, `${index}.json`);
      writeFileSync(file, stdout);
      return file;
    });
    expect((await merged(home, files)).code).to.equal(0);
    expect(text.stderr).to.contain('only a saved plan knows their sizes');
  });

  it('go by the bytes that the plan says are missing, not by how many images there are', async () => {
    const big = await pushImage(dev, `${from}/big`, '1.0.0', {layers: 1, layerSize: 6_000_000});
    const small = await push(2);
    const {home} = await homeWith(1);
    const plan = await planned(home, [...small, 'big:1.0.0']);
    const {images} = JSON.parse(readFileSync(plan, 'utf8')) as SavedPlan;
    expect(images.find(({image}) => image === 'big:1.0.0')!.digest).to.equal(big.digest);
    const {runs} = await applied(home, plan, {of: 2, atOnce: 2});
    expect(runs.map((run) => asReport(run).images.map(({image}) => image))).to.deep.equal([
      ['big:1.0.0'],
      small,
    ]);
  });

  it('refuse what they cannot keep: everywhere or nowhere', async () => {
    const images = await push(1);
    const {home, prod} = await homeWith(1);
    const promote = listed(home, images.slice(0, 1));
    const asked = await home.corectl([...promote, '--shard', '1/2', '--all-or-nothing']);
    expect(asked.code).to.equal(2);
    const plan = await planned(home, images, '--all-or-nothing');
    const applying = await home.corectl(['p2p', 'apply', plan, '--shard', '1/2', '--json']);
    expect([applying.code, asReport(applying).shard]).to.deep.equal([
      2,
      {number: 1, of: 2, run: null, plan: null, total: null, positions: []},
    ]);
    // two versions would both be 1 and 1.0: no shard begins, whichever of them it has
    const floating = await home.corectl([
      ...listed(home, images),
      '--semver-tags',
      '--shard',
      '2/2',
      '--json',
    ]);
    expect([floating.code, asReport(floating).error?.code]).to.deep.equal([2, 'ambiguous-tag']);
    const nowhere = await home.corectl([...promote, '--shard', 'auto', '--json']);
    expect([nowhere.code, asReport(nowhere).error?.code]).to.deep.equal([2, 'usage']);
    expect(prod[0]!.log.requests({method: 'PUT'})).to.deep.equal([]);
  });

  it('of which one finds that something has moved write nothing of their own images', async () => {
    const images = await push(2);
    const {home, prod} = await homeWith(1);
    const plan = await planned(home, images);
    await pushImage(dev, `${from}/image-0`, '1.0.0', {seed: 'moved'});
    const {files, runs} = await applied(home, plan, {of: 2, atOnce: 2});
    expect(runs.map(({code}) => code).sort()).to.deep.equal([0, 6]);
    const moved = await tagged(prod[0]!, `${to}/image-0`, '1.1.0');
    expect([moved, (await merged(home, files)).code]).to.deep.equal([undefined, 1]);
  });

  it('are no reports where a file is anything else', async () => {
    const {home} = await homeWith(1);
    const file = (text: string) => {
      const name = path.join(home.folder, 'some.json');
      writeFileSync(name, text);
      return name;
    };
    const promote = listed(home, await push(1));
    const whole = (await home.corectl([...promote, '--dry-run', '--json'])).stdout;
    // every other text is tried on the files' reader, without starting corectl for each
    for (const text of ['{', whole]) {
      const {code, stdout} = await home.corectl(['report', 'merge', file(text), '--json']);
      expect([code, stdout.includes('invalid-report')], text.slice(0, 40)).to.deep.equal([2, true]);
    }
    const absent = await home.corectl(['report', 'merge', path.join(home.folder, 'absent.json'), '--json']);
    expect([absent.code, absent.stdout.includes('invalid-report')]).to.deep.equal([2, true]);
    expect((await home.corectl(['report', 'merge'])).code).to.equal(2);
  });

  it('tell GitHub of the whole', async () => {
    const {home} = await homeWith(1);
    const promote = listed(home, await push(2));
    const files = await Promise.all(
      ['1/2', '2/2'].map(async (shard, index) => {
        const run = await home.corectl([...promote, '--shard', shard, '--json']);
        const file = path.join(home.folder, `${index}.json`);
        writeFileSync(file, run.stdout);
        return file;
      }),
    );
    const summary = path.join(home.folder, 'summary.md');
    const output = path.join(home.folder, 'output');
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_OUTPUT: output,
      RUNNER_TEMP: home.folder,
    };
    const {code, stdout, stderr} = await home.corectl(['report', 'merge', ...files], {env});
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain('2 shards: all ended well.').and.contain('4 destinations promoted');
    const page = readFileSync(summary, 'utf8');
    for (const image of ['image-0:1.0.0', 'image-0:1.1.0', 'image-1:1.0.0', 'image-1:1.1.0'])
      expect(page).to.contain(image);
    expect(readFileSync(output, 'utf8')).to.match(/^promoted<<.*\ntrue\n/m);
  });

  it('of promoter manifests keep all edges of an image together', async () => {
    const prod = await registries.start();
    const apples = await Promise.all(
      ['apple', 'pear', 'plum'].map(async (name) => ({name, ...(await pushImage(dev, `team/${name}`, '1'))})),
    );
    const {home} = await homeWith(1);
    const entries = apples.map(({name, digest}) => entry(name, {[digest]: ['1', 'latest']}));
    writeFiles(home.folder, {
      'fruit.yaml': `${registriesText(`${dev.host}/team`, prod.host)}images:\n${entries.join('')}`,
    });
    const promote = (...more: string[]) =>
      home.corectl(['manifest', 'promote', '-m', 'fruit.yaml', '--confirm', ...more], {cwd: home.folder});
    const runs = [await promote('--shard', '1/2', '--json'), await promote('--shard', '2/2', '--json')];
    const reports = runs.map(({stdout}) => manifestReportSchema.parse(JSON.parse(stdout)));
    expect(reports.map(({edges}) => edges.length).sort()).to.deep.equal([2, 4]);
    const files = runs.map(({stdout}, index) => {
      const file = path.join(home.folder, `${index}.json`);
      writeFileSync(file, stdout);
      return file;
    });
    const {code, stdout} = await home.corectl(['report', 'merge', ...files, '--json']);
    const {edges, shards, ok} = manifestReportSchema.parse(JSON.parse(stdout));
    expect([code, ok, shards?.length]).to.deep.equal([0, true, 2]);
    expect(edges.map(({image, tag}) => `${image}:${tag ?? ''}`)).to.deep.equal(
      ['apple', 'pear', 'plum'].flatMap((name) => [`${name}:1`, `${name}:latest`]),
    );
    expect(await tagged(prod, 'plum', 'latest')).to.equal(apples[2]!.digest);
    expect((await promote('--shard', '3/4')).stdout).to.contain('Shard 3/4: ');
  });
});
