import {expect} from 'chai';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {isolated, writeProgram} from '../support/cli.ts';
import {blocksOf} from '../support/console-blocks.ts';
import {commit, git, remove, temporaryFolder, writeFiles} from '../support/git.ts';
import {executable} from '../support/real-tools.ts';
import {describeWithRealRegistry, startRealRegistry} from '../support/real-registry.ts';
import {registriesText} from '../support/manifests.ts';
import {pushIndex, registriesOfTest} from '../support/registry.ts';
import {bash, runSteps, workflowsOf, type Ran} from '../support/workflow-steps.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(path.join(root, 'docs/promotion-by-review.md'), 'utf8');

/** The workflow files of the page, by their names. */
const workflows = new Map(workflowsOf(page).map((one) => [one.name, one]));

/** What the page has people type, line by line. */
const typed = (containing: string): string[] =>
  blocksOf(page)
    .filter(({language, text}) => language === 'console' && text.includes(containing))
    .flatMap(({text}) => text.trimEnd().split('\n'))
    .map((line) => line.replace(/^\$ /, ''));

// what a workflow's runner has, and what the page's lines call
const lacking = ['bash', 'diff'].filter((tool) => executable(tool) === undefined);
const needed = lacking.length === 0 ? 'with bash and diff' : `skipped, not installed: ${lacking.join(', ')}`;

describe(`promotion by review, as its page has it (${needed})`, () => {
  const registries = registriesOfTest();
  let work: string;
  before(function () {
    if (lacking.length > 0) this.skip();
  });
  beforeEach(() => {
    work = temporaryFolder();
    mkdirSync(path.join(work, 'bin'));
    mkdirSync(path.join(work, 'home'));
    writeProgram(path.join(work, 'bin'));
  });
  afterEach(() => {
    remove(work);
  });

  /** Who works on the repository, by hand or as a runner. */
  const who = (): Record<string, string> => {
    const base = isolated(path.join(work, 'home'));
    return {
      ...base,
      PATH: `${path.join(work, 'bin')}:${base.PATH ?? ''}`,
      GIT_AUTHOR_NAME: 'dev',
      GIT_AUTHOR_EMAIL: 'dev@example.com',
      GIT_COMMITTER_NAME: 'dev',
      GIT_COMMITTER_EMAIL: 'dev@example.com',
    };
  };
  const typeIn = (folder: string, script: string): Promise<Ran> => bash(script, folder, who());

  /** Runs a workflow's steps in a fresh clone of a branch, up to the first that fails; what is installed there is here. */
  const job = async (name: string, branch: string): Promise<Ran & {summary: string}> => {
    const workflow = workflows.get(name)!;
    expect(workflow.defaults?.run.shell).to.equal('bash');
    const folder = path.join(work, `runner-${name.replaceAll(' ', '-')}-${branch}-${Math.random()}`);
    git(work, 'clone', '--quiet', '--branch', branch, path.join(work, 'origin'), folder);
    const summary = `${folder}-summary.md`;
    writeFileSync(summary, '');
    const env = {
      ...who(),
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: folder,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_BASE_REF: 'main',
    };
    const steps = Object.values(workflow.jobs).flatMap((one) => one.steps);
    const ran = await runSteps(steps, folder, env);
    return {...ran, summary: readFileSync(summary, 'utf8')};
  };

  /** The repository of the page: a bare origin, and a developer's clone. */
  const repository = (staging: string, prod: string): string => {
    const dev = path.join(work, 'dev');
    commit(dev, {
      'promotion/manifests/payments/promoter-manifest.yaml': registriesText(staging, prod),
      'promotion/images/payments/images.yaml': '# images of the payments team\n',
    });
    git(work, 'clone', '--quiet', '--bare', dev, path.join(work, 'origin'));
    git(dev, 'remote', 'add', 'origin', path.join(work, 'origin'));
    return dev;
  };
  const merge = (dev: string, branch: string) => {
    git(dev, 'switch', '--quiet', 'main');
    git(dev, 'merge', '--quiet', '--no-ff', '--message=merge', branch);
    git(dev, 'push', '--quiet', 'origin', 'main');
  };

  const wholeWay = async (staging: string, prod: string, digest: string) => {
    const dev = repository(staging, prod);
    const lines = typed('manifest add').join('\n');
    const added = await typeIn(dev, lines);
    expect(added.code, added.output).to.equal(0);
    const list = readFileSync(path.join(dev, 'promotion/images/payments/images.yaml'), 'utf8');
    expect(list).to.equal(
      `# images of the payments team\n- name: app\n  dmap:\n    "${digest}": ["1.2.3"]\n`,
    );

    const checked = await job('promotion check', 'payments-1.2.3');
    expect(checked.code, checked.output).to.equal(0);
    expect(checked.output).to.match(new RegExp(`^would promote +app +${digest.slice(0, 19)} `, 'm'));
    expect(checked.summary).to.contain(digest.slice(0, 19));
    const before = await typeIn(dev, `corectl snapshot ${prod} --image app`);
    expect(before.code, 'nothing was written').to.equal(3);

    merge(dev, 'payments-1.2.3');
    const promoted = await job('promotion', 'main');
    expect(promoted.code, promoted.output).to.equal(0);
    expect(promoted.output).to.match(/^promoted +app /m);
    expect(promoted.summary).to.match(/promoted/);
    expect((await job('promotion', 'main')).summary).to.match(/^Nothing to do: 1 edge up to date/m);

    const [take, listed, compare] = typed('--from-manifests').map((line) =>
      line.replace('prod.example.com/payments', prod),
    );
    const drift = await typeIn(dev, `${take!}\n${listed!}\n${compare!}`);
    expect(drift, 'what is there is what is listed').to.deep.equal({code: 0, output: ''});
  };

  it('has both workflows, and no expression in what they run', () => {
    expect([...workflows.keys()]).to.deep.equal(['promotion check', 'promotion']);
    for (const {jobs} of workflows.values())
      for (const {run = ''} of Object.values(jobs).flatMap(({steps}) => steps))
        expect(run).to.not.contain('${{');
  });

  it('goes from a pull request to production', async () => {
    const [staging, prod] = [await registries.start(), await registries.start()];
    const index = await pushIndex(staging, 'payments/app', '1.2.3', {layers: 1, layerSize: 1000});
    await wholeWay(`${staging.host}/payments`, `${prod.host}/payments`, index.digest);
  });

  it('stops a pull request that has mistakes, at their lines, and warns of what it removes', async () => {
    const [staging, prod] = [await registries.start(), await registries.start()];
    const dev = repository(`${staging.host}/payments`, `${prod.host}/payments`);
    const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
    const file = 'promotion/images/payments/images.yaml';
    const push = (branch: string, text: string) => {
      git(dev, 'switch', '--quiet', '--create', branch, 'main');
      writeFiles(dev, {[file]: text});
      git(dev, 'commit', '--quiet', '--all', '--message=change');
      git(dev, 'push', '--quiet', 'origin', branch);
    };
    push('broken', `- name: app\n  dmap:\n    "${digest('a')}": ["1"]\n    "${digest('b')}": ["1"]\n`);
    const broken = await job('promotion check', 'broken');
    expect(broken.code).to.equal(2);
    expect(broken.output).to.contain(`::error file=${file},line=4,col=81::expected one digest for`);
    expect(staging.log.requests()).to.deep.equal([]);

    push('absent', `- name: app\n  dmap:\n    "${digest('a')}": ["1"]\n`);
    const absent = await job('promotion check', 'absent');
    expect(absent.code, 'of what staging does not have').to.equal(3);
    merge(dev, 'absent');
    push('removing', '# nothing any more\n');
    const removing = await job('promotion check', 'removing');
    expect(removing.code).to.equal(0);
    expect(removing.output).to.contain(
      `::warning file=${file},line=1,col=1::image app is not promoted any more`,
    );
  });

  describeWithRealRegistry('between real registries', () => {
    it('goes from a pull request to production', async () => {
      const [staging, prod] = [await startRealRegistry(), await startRealRegistry()];
      try {
        const built = await registries.start();
        const {digest} = await pushIndex(built, 'app', '1.2.3', {layers: 1, layerSize: 1000});
        const plain = `${registriesText(built.host, `${staging.host}/payments`)}images:\n- name: app\n  dmap:\n    "${digest}": ["1.2.3"]\n`;
        writeFiles(work, {'build.yaml': plain});
        expect((await typeIn(work, 'corectl manifest promote -m build.yaml --confirm')).code).to.equal(0);
        await wholeWay(`${staging.host}/payments`, `${prod.host}/payments`, digest);
      } finally {
        await Promise.all([staging.stop(), prod.stop()]);
      }
    });
  });
});
