import {expect} from 'chai';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {reportSchema} from '../../src/lib/promotion/report.ts';
import {entry, registriesText} from '../support/manifests.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, startTestRegistry, type TestRegistry} from '../support/registry.ts';

const promote = ['p2p', 'promote', 'app:1', '--tenant', 'payments', '--from-stage', 'extended-test'];

describe('a promotion in a job', () => {
  let registry: TestRegistry;
  let home: PromotionHome;
  let digest: string;
  let runner: string;
  let jobs = 0;

  before(async () => {
    registry = await startTestRegistry();
    home = await promotionHome({
      registries: {dev: registry.host, 'prod-eu': registry.host.replace('127.0.0.1', 'localhost')},
      stages: {'extended-test': ['dev'], prod: ['prod-eu']},
    });
    ({digest} = await pushImage(registry, 'tenant/payments/extended-test/app', '1'));
  });
  beforeEach(() => {
    runner = path.join(home.folder, `runner-${(jobs += 1)}`);
    mkdirSync(runner);
  });
  after(async () => {
    home.remove();
    await registry.close();
  });

  /** A step of GitHub Actions: its files, and what it left in them. */
  async function step(args: readonly string[], changes: Readonly<Record<string, string>> = {}) {
    const names = ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'];
    const files = Object.fromEntries(names.map((name) => [name, path.join(runner, name)]));
    for (const file of Object.values(files)) writeFileSync(file, '');
    const env = {GITHUB_ACTIONS: 'true', RUNNER_TEMP: runner, ...files, ...changes};
    const result = await home.corectl(args, {env});
    const outputs = readFileSync(path.join(runner, 'GITHUB_OUTPUT'), 'utf8');
    const found = outputs.matchAll(/^([\w-]+)<<(\S+)\n([^]*?)\n\2$/gm);
    return {
      ...result,
      outputs: Object.fromEntries(Array.from(found, ([, name = '', , value = '']) => [name, value])),
      summary: readFileSync(path.join(runner, 'GITHUB_STEP_SUMMARY'), 'utf8'),
      commands: result.stderr.split('\n').filter((line) => line.startsWith('::')),
    };
  }

  it('begins its log with what it is about', async () => {
    const {stderr} = await home.corectl([...promote, '--dry-run']);
    expect(stderr).to.match(
      /^corectl \d+\.\d+\.\d+\S*, tenant payments, from extended-test, environments repository at [0-9a-f]{12}\n/,
    );
    const quiet = await home.corectl([...promote, '--dry-run', '--quiet']);
    expect(quiet.stderr).to.equal('');
  });

  it('leaves digest, outcome, report and summary to the steps that follow, and folds its progress', async () => {
    const {code, stderr, outputs, summary, commands} = await step(promote);
    expect(code, stderr).to.equal(0);
    expect(outputs).to.include({digest, promoted: 'true'});
    const report = reportSchema.parse(JSON.parse(readFileSync(outputs.report!, 'utf8')));
    expect(report).to.deep.include({ok: true, exitCode: 0});
    expect(summary).to.match(/^### Promotion of payments from extended-test\n\n1 destination promoted/);
    expect(commands).to.deep.equal(['::group::progress', '::endgroup::']);
    const again = await step(promote);
    expect(again.outputs).to.include({digest, promoted: 'false'});
  });

  it('annotates each failure by its code, and leaves a report of it', async () => {
    const {code, stdout, outputs, summary, commands} = await step([...promote, '--json'].with(2, 'app:2'));
    expect(code).to.equal(3);
    expect(JSON.parse(stdout)).to.deep.include({exitCode: 3});
    expect(outputs).to.include({digest: '', promoted: 'false'});
    expect(commands.at(-1)).to.match(/^::error title=corectl%3A image-not-found::source dev .*app:2/);
    expect(summary).to.contain('#### image-not-found');
  });

  it('does so for what is wrong before anything is asked', async () => {
    const {code, outputs, summary, commands} = await step(promote.slice(0, 3));
    expect(code).to.equal(2);
    expect(outputs).to.include({promoted: 'false'});
    expect(commands).to.deep.equal(['::error title=corectl%3A usage::the from-stage is missing']);
    expect(summary).to.contain('the from-stage is missing');
  });

  it('does so for promoter manifests too', async () => {
    const [source, target] = ['tenant/payments/extended-test', 'tenant/payments/manifests'];
    const file = path.join(home.folder, 'manifest.yaml');
    const list = (tag: string) => entry('app', {[digest]: [tag]});
    const registries = registriesText(`${registry.host}/${source}`, `${registry.host}/${target}`);
    writeFileSync(file, `${registries}images:\n${list('1')}`);
    const args = ['manifest', 'promote', '-m', file, '--confirm'];
    const {code, stderr, outputs, summary, commands} = await step(args);
    expect([code, outputs.digest, outputs.promoted], stderr).to.deep.equal([0, digest, 'true']);
    expect(stderr).to.match(/^corectl \d+\.\d+\.\d+\S*\n/);
    expect(JSON.parse(readFileSync(outputs.report!, 'utf8'))).to.include({ok: true, exitCode: 0});
    expect(summary).to.contain('### Promoter manifests\n').and.to.contain(`/${target}/app:1 | ✅ promoted |`);
    expect(commands).to.deep.equal(['::group::progress', '::endgroup::']);

    const other = await pushImage(registry, `${source}/app`, '2', {layers: 1, layerSize: 1000});
    writeFileSync(file, `${registries}images:\n${entry('app', {[other.digest]: ['1']})}`);
    const refused = await step([...args, '--json']);
    expect([refused.code, refused.outputs.promoted]).to.deep.equal([4, 'false']);
    expect(refused.commands.at(-1)).to.match(/^::error title=corectl%3A conflict::.*manifest\.yaml/);
    expect(refused.summary).to.contain('#### conflict');

    writeFileSync(file, 'registries: []\n');
    const broken = await step(args);
    expect(broken.code).to.equal(2);
    expect(broken.summary).to.contain('#### invalid-manifests').and.to.contain('manifest.yaml:1: ');
  });

  it('fails where the steps that follow would find nothing', async () => {
    const {code, stdout, stderr} = await step([...promote, '--json'], {GITHUB_OUTPUT: runner});
    expect(code).to.equal(1);
    const {ok, exitCode, error} = reportSchema.parse(JSON.parse(stdout));
    expect([ok, exitCode, error?.code]).to.deep.equal([false, 1, 'output']);
    expect(stderr).to.match(
      /^error\[output\]: cannot write to the runner's files: it is a folder \(EISDIR\)$/m,
    );
  });

  it('says the same elsewhere, without any of that', async () => {
    const env = {GITLAB_CI: 'true', CI: 'true', GITHUB_OUTPUT: path.join(runner, 'none')};
    const {stdout, stderr} = await home.corectl(promote, {env});
    expect(stdout + stderr).not.to.contain('::');
    expect((await step(promote)).stdout.replace(/[\d.]+ m?s/g, '')).to.equal(
      stdout.replace(/[\d.]+ m?s/g, ''),
    );
    expect(() => readFileSync(env.GITHUB_OUTPUT)).to.throw('ENOENT');
  });
});
