import {expect} from 'chai';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {runCli} from '../support/cli.ts';
import {remove, temporaryFolder, writeFiles} from '../support/git.ts';
import {entry, registriesText} from '../support/manifests.ts';
import {describeWithRealRegistry, startRealRegistry, type RealRegistry} from '../support/real-registry.ts';
import {pushIndex, registriesOfTest} from '../support/registry.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

describe('corectl snapshot', () => {
  const registries = registriesOfTest();
  let work: string;
  beforeEach(() => {
    work = temporaryFolder();
    mkdirSync(path.join(work, 'home'));
  });
  afterEach(() => {
    remove(work);
  });
  const corectl = (...args: string[]) => runCli(args, {home: path.join(work, 'home'), cwd: work});

  it('prints what a registry holds, as YAML, CSV and JSON', async () => {
    const registry = await registries.start();
    const index = await pushIndex(registry, 'team/apple', '1', {layers: 1, layerSize: 10});
    const at = `${registry.host}/team`;
    const yaml = await corectl('snapshot', at, '--minimal');
    expect(yaml).to.deep.equal({code: 0, stderr: '', stdout: entry('apple', {[index.digest]: ['1']})});
    const csv = await corectl('snapshot', at, '--output', 'csv', '--minimal');
    expect(csv.stdout).to.equal(`apple@${index.digest},apple:1\n`);
    for (const format of ['CSV', 'Csv'])
      expect((await corectl('snapshot', at, '--output', format, '--minimal')).stdout).to.equal(csv.stdout);
    const list = [{name: 'apple', dmap: {[index.digest]: ['1']}}];
    const json = await corectl('snapshot', at, '--output', 'json', '--minimal');
    expect(JSON.parse(json.stdout)).to.deep.equal(list);
    const document = await corectl('snapshot', at, '--minimal', '--json');
    expect(JSON.parse(document.stdout)).to.deep.equal({
      ...{ok: true, exitCode: 0, error: null},
      ...{registry: at, images: list},
    });
    expect((await corectl('snapshot', at)).stdout.match(/sha256:/g)).to.have.lengthOf(3);
  });

  it('prints what thin manifests promote into a registry, without asking it', async () => {
    writeFiles(work, {
      'manifests/a/promoter-manifest.yaml': registriesText(
        's.invalid',
        'p.invalid/prod',
        'p.invalid/production',
      ),
      'images/a/images.yaml': entry('apple', {[digest('a')]: ['1']}),
    });
    const {code, stdout} = await corectl('snapshot', 'p.invalid/prod', '--from-manifests', '.');
    expect({code, stdout}).to.deep.equal({code: 0, stdout: entry('apple', {[digest('a')]: ['1']})});
    writeFiles(work, {'images/a/images.yaml': 'no\n'});
    expect((await corectl('snapshot', 'p.invalid/prod', '--from-manifests', '.')).code).to.equal(2);
  });

  it('says so when no manifest promotes into the registry, and prints an empty list for one that promotes nothing', async () => {
    writeFiles(work, {
      'manifests/a/promoter-manifest.yaml': registriesText('s.invalid', 'p.invalid/prod'),
      'images/a/images.yaml': entry('apple', {[digest('a')]: ['1']}),
      'manifests/b/promoter-manifest.yaml': registriesText('s.invalid', 'q.invalid/prod'),
      'images/b/images.yaml': '[]\n',
    });
    const listed = (registry: string) => corectl('snapshot', registry, '--from-manifests', '.');
    for (const registry of ['p.invalid/production', 'other.invalid', 's.invalid']) {
      const {code, stdout, stderr} = await listed(registry);
      expect({code, stdout}, registry).to.deep.equal({code: 3, stdout: ''});
      expect(stderr)
        .to.include(`no manifest promotes into ${registry}`)
        .and.include('p.invalid/prod, q.invalid/prod');
    }
    for (const registry of ['q.invalid', 'q.invalid/prod'])
      expect(await listed(registry)).to.deep.equal({code: 0, stdout: '[]\n', stderr: ''});
  });

  it('asks the registry with --minimal for what its indexes list', async () => {
    const registry = await registries.start();
    const index = await pushIndex(registry, 'prod/apple', '1', {layers: 1, layerSize: 10});
    const parts = index.children.map(({digest: part}) => [part, []] as const);
    writeFiles(work, {
      'manifests/a/promoter-manifest.yaml': registriesText('s.invalid', `${registry.host}/prod`),
      'images/a/images.yaml': entry('apple', {[index.digest]: ['1'], ...Object.fromEntries(parts)}),
    });
    const listed = ['snapshot', `${registry.host}/prod`, '--from-manifests', '.'];
    expect((await corectl(...listed)).stdout.match(/sha256:/g)).to.have.lengthOf(3);
    expect(registry.log.requests()).to.deep.equal([]);
    const minimal = await corectl(...listed, '--minimal');
    expect(minimal).to.deep.equal({code: 0, stderr: '', stdout: entry('apple', {[index.digest]: ['1']})});
  });

  it('says what it cannot take for a registry or an image', async () => {
    expect((await corectl('snapshot', 'https://p.example.com')).code).to.equal(2);
    expect((await corectl('snapshot', 'p.example.com', '--image', 'a:1')).code).to.equal(2);
    expect((await corectl('snapshot', 'p.example.com', '--output', 'xml')).code).to.equal(2);
  });

  describeWithRealRegistry('of a real registry', () => {
    let registry: RealRegistry;
    before(async () => {
      registry = await startRealRegistry();
    });
    after(() => registry.stop());

    it('promotes all of it when it is fed back', async () => {
      const source = await registries.start();
      await pushIndex(source, 'team/apple', '1', {layers: 1, layerSize: 10});
      const project = async (from: string, to: string) => {
        const {stdout} = await corectl('snapshot', from);
        writeFiles(work, {
          'manifests/a/promoter-manifest.yaml': registriesText(from, to),
          'images/a/images.yaml': stdout,
        });
        const done = await corectl('manifest', 'promote', '--thin-manifest-dir', '.', '--confirm');
        expect(done.code, done.stdout + done.stderr).to.equal(0);
        expect((await corectl('snapshot', to)).stdout).to.equal(stdout);
      };
      await project(`${source.host}/team`, `${registry.host}/one`);
      await project(`${registry.host}/one`, `${registry.host}/two`);
    });
  });
});
