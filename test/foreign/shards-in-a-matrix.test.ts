// The matrix of docs/scale.md in act: four shards beside each other, one of which fails and is started again.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {parse} from 'yaml';
import {isolated, writeProgram} from '../support/cli.ts';
import {commit} from '../support/git.ts';
import {ran} from '../support/installation.ts';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {describeWith} from '../support/real-tools.ts';
import {pushImage, registriesOfTest, tagged, type TestRegistry} from '../support/registry.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: unknown;
  readonly if?: string;
}

interface Workflow {
  readonly jobs: Readonly<Record<string, {readonly steps: readonly Step[]; readonly needs?: string}>>;
}

const from = 'tenant/payments/extended-test';
const to = 'tenant/payments/prod';

/** The first block of that language that has the text, of docs/scale.md. */
function blockWith(text: string): string {
  const page = readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks.find((block) => block.includes(text)) ?? '';
}

describeWith(['act'], 'shards in a matrix', function () {
  this.timeout(300_000);
  const registries = registriesOfTest();
  let prod: TestRegistry;
  let home: PromotionHome;
  afterEach(() => {
    home.remove();
  });

  /** The jobs of the page without what only GitHub has: actions are left out, and a folder stands for artifacts. */
  function workflow(): string {
    const {jobs} = parse(blockWith('strategy:')) as Workflow;
    const {promote, report} = jobs;
    const local = (job: Workflow['jobs'][string] | undefined) => ({
      ...job,
      steps: job?.steps.filter(({uses, run}) => uses === undefined && run?.includes('corectl init') !== true),
    });
    // the plan is there already
    const first = {...local(promote), needs: undefined};
    return JSON.stringify({on: 'push', jobs: {promote: first, report: local(report)}});
  }

  it('make one report of all, and a shard that failed is started again alone', async () => {
    const dev = await registries.start();
    prod = await registries.start();
    home = await promotionHome({
      registries: {dev: dev.host, prod: prod.host},
      stages: {'extended-test': ['dev'], prod: ['prod']},
    });
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await pushImage(dev, `${from}/${name}`, '1', {seed: name});
    const [shared, clone, programs] = ['shared', 'clone', 'programs'].map((name) => {
      const folder = path.join(home.folder, name);
      mkdirSync(folder);
      return folder;
    }) as [string, string, string];
    const promote = ['p2p', 'promote', ...names.map((name) => `${name}:1`), '--dry-run'];
    const asked = ['--tenant', 'payments', '--from-stage', 'extended-test'];
    const planned = await home.corectl([...promote, ...asked, '--save-plan', path.join(shared, 'plan.json')]);
    expect(planned.code, planned.stderr).to.equal(0);
    writeProgram(programs);
    mkdirSync(path.join(clone, '.github/workflows'), {recursive: true});
    writeFileSync(path.join(clone, '.github/workflows/promote.yaml'), workflow());
    commit(clone);

    const user = path.join(home.folder, 'home');
    const {PATH = '', ...variables} = isolated(user);
    const act = (...more: string[]) =>
      ran(
        [
          ...['act', 'push', '--platform', 'ubuntu-latest=-self-hosted', '--directory', clone],
          ...['--no-cache-server', '--env', `SHARED=${shared}`, ...more],
          ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
        ],
        {...variables, PATH: `${programs}:${PATH}`, XDG_CACHE_HOME: home.folder},
      );
    const broken = prod.faults.add({path: /\/c\/blobs\/uploads/, action: {status: 403}});
    const first = await act();
    expect(first.code, first.stdout + first.stderr).to.not.equal(0);
    const [, failed = ''] = /4 shards: (\d)\/4 ended with exit code 1\./.exec(first.stdout) ?? [];
    expect(failed, first.stdout).to.not.equal('');
    expect(await tagged(prod, `${to}/c`, '1')).to.equal(undefined);

    broken.remove();
    const again = await act('--matrix', `shard:${failed}`);
    expect(again.code, again.stdout + again.stderr).to.equal(0);
    expect(again.stdout).to.contain('4 shards: all ended well.');
    for (const name of names) expect(await tagged(prod, `${to}/${name}`, '1')).to.match(/^sha256:/);
  });
});
