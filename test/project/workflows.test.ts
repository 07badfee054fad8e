import {expect} from 'chai';
import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parse} from 'yaml';
import {isolated, writeProgram} from '../support/cli.ts';
import {blocksOf} from '../support/console-blocks.ts';
import {commit, git, remove, temporaryFolder, type Files} from '../support/git.ts';
import {pushIndex, registriesOfTest, tagged} from '../support/registry.ts';
import {runSteps, workflowsOf, type Workflow} from '../support/workflow-steps.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const pages = readdirSync(path.join(root, 'docs'), {recursive: true})
  .map((file) => path.join('docs', String(file)))
  .filter((file) => file.endsWith('.md'));

/** The files that a page has its readers write. */
const filesOf = (page: string): Files =>
  Object.fromEntries(
    blocksOf(textOf(page)).flatMap(({file, text}) => (file === undefined ? [] : [[file, text]])),
  );

const workflowIn = (page: string, name: string): Workflow =>
  workflowsOf(textOf(page)).find((one) => one.name === name)!;

describe('the workflows of the pages', () => {
  const {inputs} = parse(textOf('action/action.yml')) as {inputs: object};
  const steps = pages.flatMap((page) =>
    workflowsOf(textOf(page)).flatMap(({jobs}) =>
      Object.values(jobs).flatMap((job) => job.steps.map((step) => ({page, step}))),
    ),
  );

  it('give the action inputs that it has', () => {
    const calls = steps.filter(({step}) => step.uses?.startsWith('coreeng/corectl@'));
    expect(calls).to.not.be.empty;
    for (const {page, step} of calls)
      expect(Object.keys(inputs), page).to.include.members(Object.keys(step.with ?? {}));
  });

  it('run what a shell can read, whatever GitHub puts into it', () => {
    for (const {page, step} of steps.filter(({step}) => step.run !== undefined)) {
      const script = step.run!.replace(/\$\{\{.*?\}\}/g, 'VALUE');
      expect(
        () => execFileSync('bash', ['-n', '-c', script], {stdio: 'pipe'}),
        `${page}: ${script}`,
      ).to.not.throw();
    }
  });
});

describe('the workflows of the how-to pages, step by step', function () {
  this.timeout(300_000); // each is many commands, and the machine may be busy
  const registries = registriesOfTest();
  let work: string;
  let env: Record<string, string>;
  beforeEach(() => {
    work = temporaryFolder();
    const [bin, home] = [path.join(work, 'bin'), path.join(work, 'home')];
    for (const folder of [bin, home]) mkdirSync(folder);
    writeProgram(bin);
    const base = isolated(home);
    env = {...base, PATH: `${bin}:${base.PATH ?? ''}`, P2P_TENANT_NAME: 'payments'};
  });
  afterEach(() => {
    remove(work);
  });

  it('bring the newest version that was tested to production, and deploy it in each environment', async () => {
    const page = 'docs/how-to/application-developer.md';
    const [dev, prod] = [await registries.start(), await registries.start()];
    for (const tag of ['1.9.0', '1.10.0'])
      await pushIndex(dev, 'tenant/payments/extended-test/app', tag, {layers: 1, layerSize: 100});
    const environments = path.join(work, 'environments');
    commit(environments, {
      'corectl.yaml': 'p2p: {extended-test: {default-envs: [dev]}, prod: {default-envs: [prod-eu]}}\n',
      'environments/dev/config.yaml': environment('dev', dev.host),
      'environments/prod-eu/config.yaml': environment('prod-eu', prod.host),
      'tenants/tenants/payments.yaml': 'name: payments\nenvironments: [dev, prod-eu]\n',
    });
    const app = path.join(work, 'app');
    commit(app, filesOf(page));
    const set = {...env, ENVIRONMENTS_REPO: environments};

    const tested = await runSteps(workflowIn(page, 'extended test').jobs['extended-test']!.steps, app, set);
    expect(tested.code, tested.output).to.equal(0);
    expect(tested.output).to.contain('your tests of app:1.10.0');
    expect(await tagged(prod, 'tenant/payments/prod/app', '1.10.0')).to.be.a('string');

    const {jobs} = workflowIn(page, 'prod');
    const found = await runSteps(jobs.environments!.steps, app, set);
    expect(found.code, found.output).to.equal(0);
    const matrix = JSON.parse(found.outputs.matrix ?? '') as {
      include: {environment: string; repository: string}[];
    };
    expect(matrix.include.map(({environment}) => environment)).to.deep.equal(['prod-eu']);
    const {repository} = matrix.include[0]!;
    const job = {...set, P2P_VERSION: found.outputs.version ?? '', REGISTRY: repository};
    const deployed = await runSteps(jobs.deploy!.steps, app, job);
    expect(deployed.output).to.equal(`your deployment of ${prod.host}/tenant/payments/prod/app:1.10.0\n`);
  });

  it('end where there is no version, before anything is tested', async () => {
    const page = 'docs/how-to/application-developer.md';
    const dev = await registries.start();
    const environments = path.join(work, 'environments');
    commit(environments, {
      'corectl.yaml': 'p2p: {extended-test: {default-envs: [dev]}}\n',
      'environments/dev/config.yaml': environment('dev', dev.host),
      'tenants/tenants/payments.yaml': 'name: payments\nenvironments: [dev]\n',
    });
    const {steps} = workflowIn(page, 'extended test').jobs['extended-test']!;
    const {code, output} = await runSteps(steps, work, {...env, ENVIRONMENTS_REPO: environments});
    expect(code, output).to.equal(3);
    expect(output).to.not.contain('your tests');
  });

  it('check the environments repository of a pull request, and stop a mistake', async () => {
    const page = 'docs/how-to/platform-engineer.md';
    const origin = path.join(work, 'origin');
    commit(origin, {...filesOf(page), 'teams.txt': 'team-01\nteam-02\n'});
    execFileSync('sh', ['make-tenants.sh'], {cwd: origin});
    commit(origin);
    const {steps} = workflowIn(page, 'check').jobs.check!;
    // as actions/checkout leaves it: one commit, on no branch
    const checkout = (name: string): string => {
      git(work, 'clone', '--quiet', '--depth=1', `file://${origin}`, name);
      git(path.join(work, name), 'checkout', '--quiet', '--detach');
      return path.join(work, name);
    };
    const sound = await runSteps(steps, checkout('sound'), env);
    expect(sound.code, sound.output).to.equal(0);

    commit(origin, {'tenants/tenants/team-02.yaml': 'name: team-02\nenvironments: [dev, prod-ue]\n'});
    const broken = await runSteps(steps, checkout('broken'), {
      ...env,
      CORECTL_HOME: path.join(work, 'other'),
    });
    expect(broken.code, broken.output).to.equal(2);
    expect(broken.output).to.contain('tenants/tenants/team-02.yaml:2:');
  });
});

const environment = (name: string, host: string): string =>
  `environment: ${name}\nregistry: {url: '${host}/tenant/{tenant}/{stage}', credentials: anonymous}\n`;
