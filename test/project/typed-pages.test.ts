import {expect} from 'chai';
import {mkdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {isolated, writeProgram} from '../support/cli.ts';
import {blocksOf, shownCommands} from '../support/console-blocks.ts';
import {commit, remove, temporaryFolder, writeFiles} from '../support/git.ts';
import {pushIndex, registriesOfTest, type TestRegistry} from '../support/registry.ts';
import {bash} from '../support/workflow-steps.ts';

/** What a page has its readers type, in its order, but for what goes on until Ctrl-C. */
function typedOn(page: string): string[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const lines = blocksOf(text).flatMap((block) => {
    if (block.language === 'console') return shownCommands(block).map(({command}) => command);
    return block.language === 'sh' && block.text.startsWith('corectl p2p promote "app:$(')
      ? [block.text]
      : [];
  });
  return lines.filter((line) => !line.includes('--watch'));
}

describe('what pages on a topic have their readers type', function () {
  this.timeout(300_000); // each is many commands, and the machine may be busy
  const registries = registriesOfTest();
  let work: string;
  beforeEach(() => {
    work = temporaryFolder();
    for (const folder of ['bin', 'home']) mkdirSync(path.join(work, folder));
    writeProgram(path.join(work, 'bin'));
  });
  afterEach(() => {
    remove(work);
  });

  it('ends with 0, with the environments and images that they name', async () => {
    const [dev, eu, us] = [await registries.start(), await registries.start(), await registries.start()];
    const push = (to: TestRegistry, path: string) =>
      pushIndex(to, `tenant/payments/${path}`, '1.2.3', {layers: 1, layerSize: 100});
    for (const image of ['app', 'worker'])
      for (const stage of ['fast-feedback', 'extended-test']) await push(dev, `${stage}/${image}`);
    await push(eu, 'prod/worker');
    commit(path.join(work, 'environments'), {
      'corectl.yaml': `p2p:\n  fast-feedback: {default-envs: [gcp-dev]}\n  extended-test: {default-envs: [gcp-dev]}\n  prod: {default-envs: [prod-eu, prod-us]}\n`,
      'environments/gcp-dev/config.yaml': environment('gcp-dev', dev.host),
      'environments/prod-eu/config.yaml': environment('prod-eu', eu.host),
      'environments/prod-us/config.yaml': environment('prod-us', us.host),
      'tenants/tenants/payments.yaml': 'name: payments\nenvironments: [gcp-dev, prod-eu, prod-us]\n',
    });
    writeFiles(work, {'images.txt': 'app:1.2.3\nworker:1.2.3\n'});
    const base = isolated(path.join(work, 'home'));
    const env = {...base, PATH: `${path.join(work, 'bin')}:${base.PATH ?? ''}`};

    const lines = ['pipelines.md', 'promote.md', 'status.md'].flatMap(typedOn);
    expect(lines.length).to.be.greaterThan(8);
    const script = ['set -x', 'corectl init -e environments', ...lines].join('\n');
    const {code, output} = await bash(script, work, env);
    expect(code, output).to.equal(0);
    expect(readFileSync(path.join(work, 'status.html'), 'utf8')).to.contain('1.2.3');
  });
});

const environment = (name: string, host: string): string =>
  `environment: ${name}
platform: {vendor: gcp, projectId: core, projectNumber: 123456789012, region: europe-west2}
registry: {url: '${host}/tenant/{tenant}/{stage}', credentials: anonymous}
`;
