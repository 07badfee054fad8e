import {expect} from 'chai';
import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {loadModel} from '../../../src/lib/environments/load.ts';
import {stageEnvironments} from '../../../src/lib/environments/location.ts';
import type {Model} from '../../../src/lib/environments/model.ts';
import {formatProblem, problemsConcerning} from '../../../src/lib/environments/problem.ts';
import {parseYaml} from '../../../src/lib/environments/yaml.ts';
import {sampleRepository} from '../../support/environments-repository.ts';
import {remove, temporaryFolder, writeFiles, type Files} from '../../support/git.ts';
import {executable} from '../../support/real-tools.ts';

describe('loading an environments repository', () => {
  let root: string;

  beforeEach(() => {
    root = temporaryFolder();
    writeFiles(root, sampleRepository);
  });
  afterEach(() => {
    remove(root);
  });

  const load = (files: Files = {}): Promise<Model> => {
    writeFiles(root, files);
    return loadModel(root);
  };
  const problems = async (files: Files = {}): Promise<string[]> =>
    (await load(files)).problems.map(formatProblem);

  it('finds every environment, tenant and stage of a sound one, and no problem', async () => {
    const model = await load();
    expect(model.problems).to.deep.equal([]);
    expect([...model.environments.keys()]).to.have.members(['gcp-dev', 'prod-eu', 'prod-cn']);
    expect([...model.tenants.keys()]).to.have.members(['org', 'payments', 'legacy']);
    expect(model.tenants.get('payments')).to.deep.include({kind: 'DeliveryUnit', owner: 'org'});
    expect([...model.stages.values()].map(({name, next}) => [name, next])).to.deep.equal([
      ['fast-feedback', ['extended-test']],
      ['extended-test', ['prod']],
      ['prod', []],
    ]);
  });

  describe('scalars', () => {
    it('keeps ids, dates and exponents as they are written, with quotes and without', async () => {
      const model = await load({
        'environments/gcp-dev/config.yaml': `environment: gcp-dev
tier: 1.10
platform: {vendor: gcp, projectId: dev-12345, projectNumber: 012345678901, region: europe-west2}
`,
        'tenants/tenants/odd.yaml': 'name: 12e5\nowner: "0017"\nenvironments: [gcp-dev]\n',
      });
      expect(model.environments.get('gcp-dev')).to.deep.include({tier: '1.10'});
      expect(model.environments.get('gcp-dev')?.platform).to.deep.include({projectNumber: '012345678901'});
      expect(model.environments.get('prod-cn')?.platform).to.deep.include({accountId: '012345678901'});
      expect(model.tenants.get('12e5')).to.deep.include({name: '12e5', owner: '0017'});
    });

    it('refuses an account id of the wrong length, naming file, line, column and key', async () => {
      const found = await problems({
        'environments/prod-cn/config.yaml':
          'environment: prod-cn\nplatform:\n  vendor: aws\n  accountId: 12345678901\n  region: cn-north-1\n',
      });
      expect(found).to.deep.equal([
        'environments/prod-cn/config.yaml:4:3 platform.accountId: expected an account id of 12 digits, found "12345678901"',
      ]);
    });

    it('follows anchors and merge keys, the mapping itself winning', async () => {
      const model = await load({
        'environments/gcp-dev/config.yaml': `base: &base {vendor: gcp, projectId: base-project, projectNumber: 1, region: r1}
environment: gcp-dev
platform: {<<: *base, region: r2}
`,
      });
      expect(model.problems).to.deep.equal([]);
      expect(model.environments.get('gcp-dev')?.platform).to.deep.equal({
        vendor: 'gcp',
        projectId: 'base-project',
        projectNumber: '1',
        region: 'r2',
      });
    });
  });

  describe('stages', () => {
    const stages = (text: string) => ({'corectl.yaml': `p2p:\n${text}`});

    it('leaves out standard stages that are not defined', async () => {
      const {stages: found} = await load(
        stages('  prod: {default-envs: [prod-eu]}\n  fast-feedback: {default-envs: [gcp-dev]}\n'),
      );
      expect(found.get('fast-feedback')?.next).to.deep.equal(['prod']);
      expect(found.get('prod')?.next).to.deep.equal([]);
    });

    it('takes successors that a stage names, stages of the user’s own among them', async () => {
      const model = await load(
        stages(`  extended-test: {default-envs: [gcp-dev], next: [soak, prod]}
  soak: {default-envs: [gcp-dev]}
  prod: {default-envs: [prod-eu], next: []}
`),
      );
      expect(model.problems).to.deep.equal([]);
      expect(model.stages.get('extended-test')?.next).to.deep.equal(['soak', 'prod']);
      expect(model.stages.get('soak')?.next).to.deep.equal([]);
    });

    it('names the successor that leads back, and ends the path there', async () => {
      const model = await load(
        stages(
          '  fast-feedback: {default-envs: [gcp-dev]}\n  prod:\n    default-envs: [prod-eu]\n    next: [fast-feedback]\n',
        ),
      );
      expect(model.problems.map(formatProblem)).to.deep.equal([
        'corectl.yaml:5:12 p2p.prod.next[0]: expected a path that ends, found a cycle: fast-feedback → prod → fast-feedback',
      ]);
      expect(model.stages.get('prod')?.next).to.deep.equal([]);
    });

    it('names a successor and an environment that do not exist, with what may be meant', async () => {
      const found = await problems(stages('  prod: {default-envs: [prod-ue], next: [prd]}\n'));
      expect(found).to.deep.equal([
        'corectl.yaml:2:25 p2p.prod.default-envs[0]: expected an environment that exists, found "prod-ue" (did you mean prod-eu?)',
        'corectl.yaml:2:42 p2p.prod.next[0]: expected a stage that exists, found "prd" (did you mean prod?)',
      ]);
    });

    it('tells every problem of a file at once and keeps the other stages', async () => {
      const model = await load(
        stages(
          '  a: {default-envs: gcp-dev}\n  B: {default-envs: [gcp-dev]}\n  c: [x]\n  prod: {default-envs: [prod-eu]}\n',
        ),
      );
      expect(model.problems.map(({key}) => key)).to.deep.equal(['p2p.a.default-envs', 'p2p.B', 'p2p.c']);
      expect([...model.stages.keys()]).to.deep.equal(['prod']);
    });

    it('takes the stages of an overriding file instead, and names it for their problems', async () => {
      const override = parseYaml('p2p:\n  prod: {default-envs: [nowhere]}\n', '/home/me/corectl.yaml');
      const model = await loadModel(root, override);
      expect([...model.stages.keys()]).to.deep.equal(['prod']);
      expect(model.problems.map(formatProblem)[0]).to.match(
        /^\/home\/me\/corectl.yaml:2:25 p2p.prod.default-envs\[0\]: /,
      );
    });

    it('takes the repository’s own when the overriding file has none', async () => {
      const model = await loadModel(root, parseYaml('repositories: {cplatform: x}\n', 'corectl.yaml'));
      expect(model.stages.size).to.equal(3);
    });
  });

  describe('environments and tenants', () => {
    it('enables every folder when there is no environments.yaml', async () => {
      rmSync(path.join(root, 'environments/environments.yaml'));
      const {environments} = await load();
      expect([...environments.values()].every(({enabled}) => enabled)).to.equal(true);
    });

    it('leaves environments that are not enabled out of a stage', async () => {
      const model = await load({'environments/environments.yaml': 'enabled: [gcp-dev, prod-cn]\n'});
      const [stage, tenant] = [model.stages.get('prod')!, model.tenants.get('payments')!];
      expect(stageEnvironments(model, stage, tenant).map(({name}) => name)).to.deep.equal(['prod-cn']);
      expect(model.problems).to.deep.equal([]);
    });

    it('refuses an environment that is not named like its folder', async () => {
      const found = await problems({
        'environments/prod-cn/config.yaml': 'environment: prod-eu\nregistry: {url: r.example.com/x}\n',
      });
      expect(found).to.deep.equal([
        'environments/prod-cn/config.yaml:1:1 environment: expected the folder\'s name "prod-cn", found "prod-eu"',
      ]);
    });

    it('says what an enabled name without a folder, an unknown vendor and an empty file should have been', async () => {
      const found = await problems({
        'environments/environments.yaml': 'enabled: [gcp-dev, nowhere]\n',
        'environments/prod-cn/config.yaml': 'environment: prod-cn\nplatform: {vendor: kubevirt}\n',
        'environments/prod-eu/config.yaml': '',
      });
      expect(found).to.deep.equal([
        'environments/environments.yaml:1:20 enabled[1]: expected an environment with a folder of its own, found "nowhere"',
        'environments/prod-cn/config.yaml:2:12 platform.vendor: expected gcp, aws or azure, found "kubevirt"',
        'environments/prod-eu/config.yaml:1:1: expected a mapping, found nothing',
      ]);
    });

    for (const url of [
      'http://r.example.com/x',
      'r.example.com/{project}',
      '../x',
      'user:pw@r.example.com/x',
      'ftp://x/y',
      'r.example.com:99999/x',
    ]) {
      it(`refuses the registry url ${url}`, async () => {
        const found = await problems({
          'environments/prod-cn/config.yaml': `environment: prod-cn\nregistry: {url: "${url}"}\n`,
        });
        expect(found).to.have.length(1);
        expect(found[0]).to.match(/^environments\/prod-cn\/config.yaml:2:12 registry.url: expected /);
      });
    }

    it('keeps the first of two tenants with one name', async () => {
      const model = await load({'tenants/tenants/z.yaml': 'name: payments\nenvironments: [gcp-dev]\n'});
      expect(model.problems.map(formatProblem)).to.deep.equal([
        'tenants/tenants/z.yaml:1:1 name: expected a name of its own, found "payments" as in tenants/tenants/org/payments.du.yaml:1',
      ]);
      expect(model.tenants.get('payments')?.owner).to.equal('org');
    });

    it('reads tenants where the environments say', async () => {
      const model = await load({
        'environments/environments.yaml': 'enabled: [gcp-dev]\n',
        'environments/gcp-dev/config.yaml': `${sampleRepository['environments/gcp-dev/config.yaml'] ?? ''}tenantsYaml: {tenantsYamlPath: elsewhere}\n`,
        'elsewhere/tenants/deep/er/one.yaml': 'name: one\nenvironments: [gcp-dev]\n',
      });
      expect([...model.tenants.keys()]).to.deep.equal(['one']);
    });

    for (const outside of ['../outside', '/etc', 'a/../../b']) {
      it(`does not look for tenants in ${outside}`, async () => {
        const found = await problems({
          'environments/gcp-dev/config.yaml': `${sampleRepository['environments/gcp-dev/config.yaml'] ?? ''}tenantsYaml: {tenantsYamlPath: ${outside}}\n`,
        });
        expect(found[0]).to.contain('tenantsYaml.tenantsYamlPath: expected a path inside the repository');
      });
    }
  });

  describe('what a problem stops', () => {
    it('is its own environment, tenant or stage only', async () => {
      const model = await load({
        'environments/prod-cn/config.yaml': 'environment: prod-cn\n',
        'tenants/tenants/legacy.yaml': 'name: legacy\nkind: Unknown\nenvironments: [gcp-dev]\n',
      });
      expect(model.problems).to.have.length(2);
      const stopped = (kind: 'environment' | 'tenant' | 'stage', name: string) =>
        problemsConcerning(model, [{kind, name}]).length;
      expect(stopped('environment', 'prod-cn')).to.equal(1);
      expect(stopped('tenant', 'legacy')).to.equal(1);
      expect(
        stopped('tenant', 'payments') + stopped('environment', 'gcp-dev') + stopped('stage', 'prod'),
      ).to.equal(0);
    });

    it('is everything, when the stages cannot be read at all', async () => {
      const model = await load({'corectl.yaml': 'p2p: [\n'});
      expect(problemsConcerning(model, [{kind: 'tenant', name: 'payments'}])).not.to.deep.equal([]);
    });
  });

  describe('hostile content', () => {
    const canary = 'canary-7f3a: do-not-show';

    it('stops at aliases that explode, quickly', async () => {
      const levels = Array.from(
        {length: 9},
        (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}*l${level}]`,
      );
      const started = performance.now();
      const found = await problems({
        'environments/prod-cn/config.yaml': `l0: &l0 [x]\n${levels.join('\n')}\nenvironment: prod-cn\n`,
      });
      expect(found[0]).to.match(
        /prod-cn\/config.yaml:1:1: expected a plain file, found aliases or values beyond counting/,
      );
      expect(performance.now() - started).to.be.below(2000);
    });

    it('stops at an alias to itself and at deep nesting', async () => {
      const found = await problems({
        'environments/prod-cn/config.yaml': 'environment: &a [*a]\n',
        'environments/prod-eu/config.yaml': `environment: ${'['.repeat(60)}${']'.repeat(60)}`,
        'environments/gcp-dev/config.yaml': '['.repeat(500_000),
      });
      expect(found.filter((line) => line.includes('nesting that is too deep'))).to.have.length(2);
      expect(found.filter((line) => line.includes('gcp-dev/config.yaml'))).not.to.deep.equal([]);
    });

    it('refuses duplicate keys, each at its place', async () => {
      const found = await problems({
        'environments/prod-cn/config.yaml':
          'environment: prod-cn\nregistry: {url: a.example.com/x}\nregistry: {url: b.example.com/x}\n',
      });
      expect(found).to.deep.equal([
        'environments/prod-cn/config.yaml:3:1 registry: expected each key once, found it again',
      ]);
    });

    it('takes a megabyte of keys without delay', async () => {
      const started = performance.now();
      await load({
        'environments/prod-cn/config.yaml': Array.from({length: 90_000}, (_, n) => `k${n}: x`).join('\n'),
      });
      expect(performance.now() - started).to.be.below(5000);
    });

    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      it(`treats ${name} as a name like any other, or refuses it`, async () => {
        const model = await load({
          'corectl.yaml': `p2p:\n  prod: {default-envs: [${name}]}\n  ${name}: {default-envs: [gcp-dev]}\n`,
          'environments/prod-cn/config.yaml': `environment: prod-cn\nregistry: {url: r.example.com/x, ${name}: {plainHttp: "true"}}\n${name}: {enabled: "true"}\n`,
        });
        const found = model.problems.map(formatProblem).join('\n');
        expect(found).to.contain('p2p.prod.default-envs[0]: expected a');
        expect(model.environments.get('prod-cn')?.registry).to.deep.equal({url: 'r.example.com/x'});
        expect(({} as Record<string, unknown>).plainHttp).to.equal(undefined);
        expect(model.environments.has(name)).to.equal(false);
      });
    }

    it('reads no file through a symbolic link, and shows nothing of what it points to', async () => {
      const outside = temporaryFolder();
      writeFiles(outside, {'secret.yaml': canary, 'folder/config.yaml': canary});
      const link = (target: string, at: string) => {
        rmSync(path.join(root, at), {recursive: true, force: true});
        symlinkSync(target, path.join(root, at));
      };
      link(path.join(outside, 'secret.yaml'), 'corectl.yaml');
      link(path.join(outside, 'secret.yaml'), 'environments/gcp-dev/config.yaml');
      link(path.join(outside, 'folder'), 'environments/prod-eu');
      link('/proc/self/environ', 'environments/prod-cn/config.yaml');
      link(path.join(outside, 'secret.yaml'), 'tenants/tenants/legacy.yaml');
      link(outside, 'tenants/tenants/org');
      const model = await loadModel(root);
      const found = model.problems.map(formatProblem);
      expect(found.filter((line) => line.includes('symbolic link'))).to.have.length(6);
      expect(JSON.stringify(model.problems)).not.to.contain('canary').and.not.to.contain('PATH=');
      expect(model.environments.size + model.stages.size).to.equal(0);
      remove(outside);
    });

    it('reads neither a pipe, a folder, a huge file nor bytes that are no text (needs mkfifo)', async function () {
      if (executable('mkfifo') === undefined) return this.skip();
      rmSync(path.join(root, 'environments/gcp-dev/config.yaml'));
      execFileSync('mkfifo', [path.join(root, 'environments/gcp-dev/config.yaml')]);
      rmSync(path.join(root, 'environments/prod-cn/config.yaml'));
      mkdirSync(path.join(root, 'environments/prod-cn/config.yaml'));
      writeFileSync(path.join(root, 'environments/prod-eu/config.yaml'), Buffer.alloc(2 ** 20 + 1, 'a'));
      writeFileSync(path.join(root, 'tenants/tenants/legacy.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
      const found = await problems();
      expect(found.filter((line) => line.includes('no regular file'))).to.have.length(2);
      expect(found.join('\n')).to.contain('1048577 bytes, more than the 1048576 allowed');
      expect(found.join('\n')).to.contain(
        'legacy.yaml:1:1: expected a YAML file, found bytes that are no UTF-8 text',
      );
    });

    it('makes control characters in values and file names harmless', async () => {
      const found = await problems({
        'environments/prod-cn/config.yaml':
          'environment: "\\e]0;x\\a\\r\\n::error::y\\u202e"\nregistry: {url: r.example.com/x}\n',
        'tenants/tenants/a\u001b[2J\nb.yaml': 'name: [x]\nenvironments: []\n',
      });
      expect(found).to.have.length(2);
      for (const line of found) expect(line).not.to.match(/[\u0000-\u001f\u202e]|^::/);
    });
  });
});
