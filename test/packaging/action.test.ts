import {expect} from 'chai';
import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parse} from 'yaml';
import {argumentsFor, inputs, partsFor, tokenInput} from '../../action/inputs.ts';
import {isolated} from '../support/cli.ts';
import {commit, remove, temporaryFolder} from '../support/git.ts';
import {openSites, ran, type Sites} from '../support/installation.ts';
import {describeWithRealRegistry} from '../support/real-registry.ts';
import {describeWith} from '../support/real-tools.ts';
import {describeSlow, slowTests} from '../support/slow-tests.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the GitHub action', () => {
  it('declares, documents and understands the same inputs', () => {
    const {inputs: declared} = parse(readFileSync(path.join(root, 'action/action.yml'), 'utf8')) as {
      inputs: Record<string, unknown>;
    };
    const page = readFileSync(path.join(root, 'docs/action.md'), 'utf8');
    expect(Object.keys(declared)).to.have.members([...Object.keys(inputs), tokenInput]);
    for (const name of Object.keys(declared)) expect(page).to.contain(`| \`${name}\` `);
  });

  const parts = (given: Readonly<Record<string, string>>) =>
    partsFor(
      Object.fromEntries(
        Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
    );

  it('runs what its inputs ask for', () => {
    expect(parts({})).to.deep.equal([]);
    expect(parts({'environments-repo': 'x', strict: 'true', 'dry-run': 'false'})).to.deep.equal(['init']);
    expect(parts({image: 'app:1', tenant: 'payments'})).to.deep.equal(['promote']);
    expect(parts({'environments-repo': 'x', plan: 'y', 'dry-run': 'true'})).to.deep.equal(['init', 'apply']);
  });

  it('takes no input that nothing would heed: an image that turned out empty is no success', () => {
    for (const [given, missing] of [
      [{'environments-repo': 'x', image: ' \n ', tenant: 'payments'}, 'image for tenant'],
      [{'dry-run': 'true'}, 'image for dry-run'],
      [{image: 'app:1', 'allow-drift': 'true'}, 'plan for allow-drift'],
      [{image: 'app:1', 'environments-ref': 'main'}, 'environments-repo for environments-ref'],
    ] as const)
      expect(() => parts(given)).to.throw(`expected a value of the input ${missing}, found none`);
    expect(() => parts({plan: 'x', overwrite: 'true'})).to.throw('expected plan or overwrite, found both');
  });

  it('hands what it is given on as one word each, whatever stands in it', () => {
    const given = {
      INPUT_IMAGE: 'app:1\r\n\n  app:2  ',
      INPUT_TENANT: '$(id);`id`\n--overwrite',
      'INPUT_TO-STAGE': 'a b\n--overwrite',
    };
    expect(argumentsFor('promote', given)).to.deep.equal([
      ...['app:1', 'app:2', '--tenant=$(id);`id`\n--overwrite', '--to-stage=a b', '--to-stage=--overwrite'],
    ]);
    for (const value of ['--overwrite', 'app:1\n-h'])
      expect(() => argumentsFor('promote', {INPUT_IMAGE: value})).to.throw(
        'expected a name for the input image',
      );
  });
});

// a test of minutes, between two real registries
const suite = slowTests ? describeWithRealRegistry : describeSlow;

suite('the GitHub action, assembled', function () {
  this.timeout(120_000);
  let sites: Sites;
  let action: string;
  let home: string;
  before(async () => {
    sites = await openSites();
    action = path.join(sites.folder, 'action');
    const {code, stderr} = await ran(
      [process.execPath, path.join(root, 'scripts/action.js'), action],
      isolated(sites.folder),
    );
    expect(code, stderr).to.equal(0);
  });
  after(() => sites.close());
  beforeEach(() => {
    home = temporaryFolder();
  });
  afterEach(() => {
    remove(home);
  });

  /** Runs the action as a runner does: inputs in the environment, files for what it says. */
  async function act(values: Readonly<Record<string, string>>, other: Readonly<Record<string, string>> = {}) {
    const files = Object.fromEntries(
      ['GITHUB_OUTPUT', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'].map((name) => [name, path.join(home, name)]),
    );
    for (const file of Object.values(files)) writeFileSync(file, '');
    const given = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    );
    const env = {...isolated(home), ...files, GITHUB_ACTIONS: 'true', RUNNER_TEMP: home, ...given, ...other};
    const result = await ran([process.execPath, path.join(action, 'main.js')], env);
    const told = (name: string) => readFileSync(path.join(home, name), 'utf8');
    return {
      ...result,
      outputs: outputsIn(told('GITHUB_OUTPUT')),
      summary: told('GITHUB_STEP_SUMMARY'),
      paths: told('GITHUB_PATH').split('\n').filter(Boolean),
    };
  }

  const promotion = () => ({
    'environments-repo': sites.repository,
    image: 'app:1.0.0',
    tenant: 'payments',
    'from-stage': 'fast-feedback',
  });

  it('shows what a promotion would do and says that nothing was promoted', async () => {
    const {code, stderr, outputs} = await act({...promotion(), 'dry-run': 'true'});
    expect(code, stderr).to.equal(0);
    expect(outputs).to.include({digest: sites.digest, promoted: 'false'});
    expect(await sites.promoted()).to.equal(undefined);
  });

  it('promotes between two registries, and has digest, outcome and report for later steps', async () => {
    const {code, stdout, stderr, outputs, summary} = await act(promotion());
    expect(code, stderr).to.equal(0);
    expect(outputs).to.include({digest: sites.digest, promoted: 'true'});
    expect(JSON.parse(readFileSync(outputs.report!, 'utf8'))).to.include({ok: true, exitCode: 0});
    expect(summary).to.match(/^### Promotion of payments from fast-feedback\n/);
    expect(stdout).to.match(/^ {4}localhost:\d+\/tenant\/payments\/prod\/app:1\.0\.0$/m);
    expect(await sites.promoted()).to.equal(sites.digest);
    const again = await act(promotion());
    expect(again).to.deep.include({code: 0});
    expect(again.outputs).to.include({digest: sites.digest, promoted: 'false'});
  });

  it('carries out the plan of a dry run, and nothing where something has moved since', async () => {
    const plan = path.join(home, 'plan.json');
    const image = await sites.push('1.1.0');
    const asked = {...promotion(), image: 'app:1.1.0'};
    const planned = await act({...asked, 'dry-run': 'true', 'save-plan': plan});
    expect(planned.code, planned.stderr).to.equal(0);
    const repository = {'environments-repo': sites.repository};
    const tried = await act({...repository, plan, 'dry-run': 'true'});
    expect(tried.code, tried.stderr).to.equal(0);
    expect(await sites.promoted('1.1.0')).to.equal(undefined);
    const applied = await act({...repository, plan});
    expect(applied.code, applied.stderr).to.equal(0);
    expect(applied.outputs).to.include({digest: image, promoted: 'true'});
    expect(await sites.promoted('1.1.0')).to.equal(image);

    const later = await act({...promotion(), image: 'app:1.2.0', 'dry-run': 'true', 'save-plan': plan});
    expect(later.code).to.equal(3);
    await sites.push('1.2.0');
    await act({...promotion(), image: 'app:1.2.0', 'dry-run': 'true', 'save-plan': plan});
    await sites.push('1.2.0', 'another');
    const moved = await act({...repository, plan});
    expect(moved.code, moved.stderr).to.equal(6);
    expect(moved.summary).to.contain('1.2.0');
    expect(await sites.promoted('1.2.0')).to.equal(undefined);
  });

  it('takes nothing beside a plan that the plan has decided', async () => {
    const {code, stdout} = await act({...promotion(), image: '', plan: 'plan.json'});
    expect(code).to.equal(2);
    expect(stdout).to.contain('::error::expected plan or tenant, found both');
  });

  it('puts corectl on the path of later steps, with nothing else asked of it', async () => {
    const {code, paths} = await act({});
    expect(code).to.equal(0);
    const {stdout} = await ran([path.join(paths[0]!, 'corectl'), '--version'], isolated(home));
    expect(stdout).to.match(/^corectl\/\d/);
  });

  it('says in an annotation that the runner lets it write nowhere', async () => {
    const {code, stdout, stderr} = await act({}, {RUNNER_TEMP: path.join(home, 'missing')});
    expect(code).to.equal(1);
    expect(stdout).to.match(/^::error::ENOENT: .*missing/);
    // no stack: what a program that fails in silence says is put there by whoever ran it
    expect(stderr).to.not.match(/^\s+at /m);
  });

  it('leaves no output that somebody else wrote, whatever it is given', async () => {
    const {code, outputs} = await act({...promotion(), tenant: 'payments\npromoted<<x\ntrue\nx'});
    expect(code).to.equal(2);
    expect(Object.keys(outputs)).to.have.members(['digest', 'promoted', 'report']);
    expect(outputs).to.include({digest: '', promoted: 'false'});
  });

  it('says that git is missing, on a runner without it', async () => {
    const bin = path.join(home, 'bin');
    mkdirSync(bin);
    const {code, stderr} = await act({'environments-repo': sites.repository}, {PATH: bin});
    expect(code).to.equal(2);
    expect(stderr).to.contain('::error title=corectl%3A git-missing::');
  });

  it('ends with the exit code of a promotion that fails, and says why in the summary', async () => {
    const {code, stderr, summary, outputs} = await act({...promotion(), image: 'app:2.0.0'});
    expect(code).to.equal(3);
    expect(stderr).to.match(/^::error title=corectl%3A image-not-found::.*app:2\.0\.0/m);
    expect(summary).to.contain('is not there');
    expect(outputs).to.include({digest: '', promoted: 'false'});
  });

  it('takes no flag from the name of an image, and no other word for true', async () => {
    const flag = await act({...promotion(), image: 'app:1.0.0\n--overwrite'});
    expect(flag).to.deep.include({code: 2});
    expect(flag.stdout).to.match(/^::error::expected a name for the input image, found "--overwrite"\n$/m);
    expect(await act({...promotion(), overwrite: 'yes'})).to.deep.include({code: 2});
  });

  describeWith(['act'], 'in a workflow', () => {
    it('promotes in jobs of a matrix what was planned and approved', async () => {
      const clone = path.join(home, 'clone');
      mkdirSync(path.join(clone, '.github/workflows'), {recursive: true});
      writeFileSync(
        path.join(clone, '.github/workflows/promote.yaml'),
        workflow(promotion(), path.join(home, 'plan')),
      );
      cpSync(action, path.join(clone, 'action'), {recursive: true});
      commit(clone);
      const args = [
        '--platform',
        'ubuntu-latest=-self-hosted',
        '--directory',
        clone,
        '--no-cache-server',
        'push',
      ];
      const {code, stdout, stderr} = await ran(['act', ...args], {...isolated(home), XDG_CACHE_HOME: home});
      expect(code, stdout + stderr).to.equal(0);
      expect(stdout).to.contain(`promoted before: false`).and.to.contain(`digest: ${sites.digest}`);
      expect(stdout).to.match(/corectl\/\d/);
    });
  });
});

/** What the runner would read from the file. */
function outputsIn(text: string): Record<string, string> {
  const found = text.matchAll(/^([\w-]+)<<(\S+)\n([^]*?)\n\2$/gm);
  return Object.fromEntries(Array.from(found, ([, name = '', , value = '']) => [name, value]));
}

/** One job plans, a job of a GitHub environment stands for the approval, and a third carries the plans out. */
function workflow(values: Readonly<Record<string, string>>, plan: string): string {
  const step = (more: object) => ({uses: './action', with: more});
  // act copies the clone in its place
  const checkout = {uses: 'actions/checkout@v4'};
  const job = (steps: readonly object[]) => ({'runs-on': 'ubuntu-latest', steps: [checkout, ...steps]});
  const strategy = {matrix: {environment: ['prod']}};
  const environment = '${{ matrix.environment }}';
  const file = `${plan}-${environment}.json`;
  const jobs = {
    plan: {
      strategy,
      ...job([
        {id: 'plan', ...step({...values, environment, 'dry-run': true, 'save-plan': file})},
        {run: 'echo "promoted before: ${{ steps.plan.outputs.promoted }}"'},
      ]),
    },
    approve: {needs: 'plan', environment: 'production', ...job([])},
    promote: {
      needs: 'approve',
      strategy,
      ...job([
        {id: 'promote', ...step({'environments-repo': values['environments-repo'], plan: file})},
        {run: 'echo "digest: ${{ steps.promote.outputs.digest }}"; corectl --version'},
      ]),
    },
  };
  // JSON is YAML
  return JSON.stringify({on: 'push', jobs});
}
