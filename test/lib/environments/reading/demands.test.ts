// What stages and environments demand is carried as it stands; what it means is read in policy/.
import path from 'node:path';
import {expect} from 'chai';
import {loadModel} from '../../../../src/lib/environments/reading/load.ts';
import {formatProblem} from '../../../../src/lib/environments/problem.ts';
import {parseYaml} from '../../../../src/lib/environments/reading/yaml.ts';
import {sampleRepository} from '../../../support/environments-repository.ts';
import {remove, temporaryFolder, writeFiles} from '../../../support/git.ts';

const corectl = `p2p:
  trust:
    build: {key: keys/build.pub}
  record: unsigned
  fast-feedback: {default-envs: [gcp-dev]}
  prod:
    default-envs: [prod-eu]
    require:
      signed: build
`;

describe('what an environments repository demands', () => {
  let root: string;
  beforeEach(() => {
    root = temporaryFolder();
    writeFiles(root, {...sampleRepository, 'corectl.yaml': corectl});
  });
  afterEach(() => {
    remove(root);
  });

  it('is found at the stage, with its place; trust and record are no stages', async () => {
    const {stages, trust, record, problems} = await loadModel(root);
    expect(problems.map(formatProblem)).to.deep.equal([]);
    expect([...stages.keys()]).to.deep.equal(['fast-feedback', 'prod']);
    expect(stages.get('prod')?.require).to.have.nested.property('map.signed.text', 'build');
    expect(stages.get('prod')?.require).to.have.nested.property('map.signed.origin.line', 9);
    expect(stages.get('fast-feedback')?.require).to.equal(undefined);
    expect(trust).to.have.nested.property('map.build.map.key.text', 'keys/build.pub');
    expect(record).to.include({text: 'unsigned'});
  });

  it('is found at an environment', async () => {
    const file = 'environments/prod-eu/config.yaml';
    writeFiles(root, {[file]: `${sampleRepository[file]}require: {max-age: 90d}\n`});
    const {environments} = await loadModel(root);
    expect(environments.get('prod-eu')?.require).to.have.nested.property('map.max-age.text', '90d');
  });

  it('holds for stages of one’s own as well, which may only add where nothing is demanded', async () => {
    const text = `p2p:
  trust: {build: {key: mine.pub}}
  fast-feedback: {default-envs: [gcp-dev], require: {signed: build}}
  prod: {default-envs: [gcp-dev], require: {max-age: 9999d}}
`;
    const {stages, trust} = await loadModel(root, parseYaml(text, '/home/me/corectl.yaml'));
    expect(stages.get('prod')?.environments).to.deep.equal(['gcp-dev']);
    expect(stages.get('prod')?.require).to.have.nested.property('map.signed.text', 'build');
    expect(stages.get('fast-feedback')?.require).to.have.nested.property('map.signed.text', 'build');
    expect(trust).to.have.nested.property('map.build.map.key.text', 'keys/build.pub');
  });

  it('is not lost where the repository’s file cannot be read', async () => {
    writeFiles(root, {'corectl.yaml': 'p2p: {prod: [\n'});
    const {problems} = await loadModel(root, parseYaml('p2p: {prod: {default-envs: [gcp-dev]}}', '/home/me'));
    expect(problems.map(formatProblem).join()).to.contain('corectl.yaml:');
    expect(problems.every(({concerns}) => concerns === undefined)).to.equal(true);
  });

  it('is not lost where the repository’s file has nearly its name', async () => {
    remove(path.join(root, 'corectl.yaml'));
    writeFiles(root, {'corectl.yml': corectl});
    const {problems} = await loadModel(root, parseYaml('p2p: {prod: {default-envs: [gcp-dev]}}', '/home/me'));
    expect(problems.map(formatProblem).join()).to.contain(
      'found nothing (but corectl.yml: is it to have this name?)',
    );
    remove(path.join(root, 'corectl.yml'));
    const without = await loadModel(root, parseYaml('p2p: {prod: {default-envs: [gcp-dev]}}', '/home/me'));
    expect(without.problems).to.deep.equal([]);
  });

  it('is not lost where the repository misspells it, and has stages of its own that are overridden', async () => {
    const own = corectl.replace('require:', 'requires:').replace('  trust:', '  trusts:');
    writeFiles(root, {'corectl.yaml': own.replace('[prod-eu]', '[nowhere]')});
    const mine = parseYaml('p2p: {prod: {default-envs: [gcp-dev]}}', '/home/me');
    const {problems} = await loadModel(root, mine);
    expect(problems.map(formatProblem)).to.deep.equal([
      'corectl.yaml:2:3 p2p.trusts: expected a stage, found "trusts" (did you mean trust?)',
      'corectl.yaml:8:5 p2p.prod.requires: expected a key that is known, found "requires" (did you mean require?)',
    ]);
    expect(problems[1]?.concerns).to.deep.equal([{kind: 'stage', name: 'prod'}]);
  });

  const misplaced: readonly (readonly [string, string, string])[] = [
    ['beside p2p', 'record: unsigned\n', 'corectl.yaml:10:1 record: expected record below p2p'],
    ['beside p2p', 'trust: {}\n', 'corectl.yaml:10:1 trust: expected trust below p2p'],
    ['beside p2p', 'require: {signed: build}\n', 'corectl.yaml:10:1 require: expected require of a stage'],
    [
      'beside the stages',
      '  soaked: 24h\n',
      'corectl.yaml:10:3 p2p.soaked: expected soaked below require of a stage',
    ],
    [
      'beside the stages',
      '  require: {signed: build}\n',
      'corectl.yaml:10:3 p2p.require: expected require of a stage',
    ],
    [
      'beside require',
      '    soaked: 24h\n',
      'corectl.yaml:10:5 p2p.prod.soaked: expected soaked below require',
    ],
    [
      'beside require',
      '    record: unsigned\n',
      'corectl.yaml:10:5 p2p.prod.record: expected record below p2p',
    ],
  ];
  for (const [where, line, told] of misplaced)
    it(`is not lost where ${line.trim()} stands ${where}, also of a block that is overridden`, async () => {
      writeFiles(root, {'corectl.yaml': corectl + line});
      const mine = parseYaml('p2p: {prod: {default-envs: [gcp-dev]}}', '/home/me');
      for (const {problems} of [await loadModel(root), await loadModel(root, mine)]) {
        const found = problems.filter((one) => formatProblem(one).startsWith(told));
        const concerns = line.startsWith('    ') ? [{kind: 'stage', name: 'prod'}] : undefined;
        expect(found.map((one) => one.concerns)).to.deep.equal([concerns]);
      }
    });

  it('leaves a stage alone that is called like a rule', async () => {
    writeFiles(root, {'corectl.yaml': `${corectl}  soaked: {default-envs: [gcp-dev]}\n`});
    expect((await loadModel(root)).problems.map(formatProblem)).to.deep.equal([]);
  });

  it('is not lost beside the require of an environment, whose other keys are left alone', async () => {
    const file = 'environments/prod-eu/config.yaml';
    const found = async (more: string) => {
      writeFiles(root, {[file]: `environment: prod-eu\nregistry:\n  url: eu.example.com\n${more}\n`});
      return (await loadModel(root)).problems.map(formatProblem).join();
    };
    const config = 'environments/prod-eu/config.yaml';
    expect(await found('require:\nsigned: build')).to.contain(
      `${config}:5:1 signed: expected signed below require`,
    );
    expect(await found('  require: {signed: build}')).to.contain(
      `${config}:4:3 registry.require: expected require beside registry`,
    );
    expect(await found('signed: by hand\npromoted: 2026-01-01')).to.equal('');
  });

  it('may speak of the tenant’s repositories, in any form that a tenant has', async () => {
    const tenant = (more: string) => `name: payments\nenvironments: [gcp-dev]\n${more}\n`;
    const found = async (more: string) => {
      writeFiles(root, {'tenants/tenants/payments.yaml': tenant(more)});
      return (await loadModel(root)).tenants.get('payments')?.repositories;
    };
    for (const file of Object.keys(sampleRepository).filter((name) => name.includes('payments')))
      remove(`${root}/${file}`);
    expect(await found('repository: https://github.com/acme/payments.git')).to.deep.equal(['acme/payments']);
    expect(await found('repos: ["git@github.com:acme/payments.git", acme/api]')).to.deep.equal([
      'acme/payments',
      'acme/api',
    ]);
    expect(await found('repository: "https://github.com/*/*"')).to.equal(undefined);
  });
});
