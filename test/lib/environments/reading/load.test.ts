import {expect} from 'chai';
import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {loadModel} from '../../../../src/lib/environments/reading/load.ts';
import {locateRepository, registryHost} from '../../../../src/lib/environments/location.ts';
import {membersOf} from '../../../../src/lib/environments/membership.ts';
import type {Model} from '../../../../src/lib/environments/model.ts';
import {formatProblem, problemsConcerning} from '../../../../src/lib/environments/problem.ts';
import {listingOf, standingOf} from '../../../../src/lib/environments/standing.ts';
import {parseYaml} from '../../../../src/lib/environments/reading/yaml.ts';
import {CorectlError} from '../../../../src/lib/errors.ts';
import {sampleRepository} from '../../../support/environments-repository.ts';
import {remove, temporaryFolder, writeFiles, type Files} from '../../../support/git.ts';
import {executable} from '../../../support/real-tools.ts';

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

  it('takes https for what is meant where it is written, for this machine too', async () => {
    const spoken = async (registry: string) => {
      const {environments} = await load({
        'environments/prod-cn/config.yaml': `environment: prod-cn\nregistry: {${registry}}\n`,
      });
      return environments.get('prod-cn')?.registry;
    };
    expect(await spoken('url: "https://127.0.0.1:5000"')).to.deep.equal({
      url: '127.0.0.1:5000',
      plainHttp: false,
    });
    expect(await spoken('url: "127.0.0.1:5000"')).to.deep.equal({url: '127.0.0.1:5000'});
  });

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

  describe('anchors and merge keys', () => {
    it('keep the place of the mapping’s own keys, and tell what was merged where it was written', async () => {
      const found = await problems({
        'environments/prod-cn/config.yaml': `base: &base
  accountId: 1
  region: OTHER
platforms: [&more {x: y}]
environment: prod-cn
platform: {<<: [*more, *base], vendor: aws, region: REGION}
`,
      });
      expect(found).to.deep.equal([
        'environments/prod-cn/config.yaml:2:3 platform.accountId: expected an account id of 12 digits, found "1"',
        'environments/prod-cn/config.yaml:6:45 platform.region: expected a region, found "REGION"',
      ]);
    });

    it('bring nothing where the alias is of null, and must be of a mapping', async () => {
      const none = {'environments/gcp-dev/config.yaml': config('none: &none null\nregistry: *none\n')};
      expect(await problems(none)).to.deep.equal([]);
      const text = {'environments/gcp-dev/config.yaml': config('<<: defaults\n')};
      expect(await problems(text)).to.deep.equal([
        'environments/gcp-dev/config.yaml:3:1: expected a mapping to merge, found text',
      ]);
    });

    const config = (more: string) =>
      `environment: gcp-dev\nplatform: {vendor: gcp, projectId: dev-12345, projectNumber: 1, region: europe-west2}\n${more}`;
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
      expect(membersOf(model, stage, tenant).map(({name, state}) => [name, state])).to.deep.equal([
        ['prod-eu', 'left-out'],
        ['prod-cn', 'meant'],
      ]);
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
        'environments/environments.yaml': 'enabled: [gcp-dev, nowhere, prod-cn]\n',
        'environments/prod-cn/config.yaml': 'environment: prod-cn\nplatform: {vendor: kubevirt}\n',
        'environments/prod-eu/config.yaml': '',
      });
      expect(found).to.deep.equal([
        'environments/environments.yaml:1:20 enabled[1]: expected an environment with a folder of its own, found "nowhere"',
        'environments/prod-eu/config.yaml:1:1: expected a mapping, found nothing',
        'environments/prod-cn/config.yaml:2:12 platform.vendor: expected gcp, aws or azure, found "kubevirt"',
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

    it('reads tenants once where the environments write one folder in several ways', async () => {
      const config = (name: string, written: string) => ({
        [`environments/${name}/config.yaml`]: `${sampleRepository[`environments/${name}/config.yaml`] ?? ''}tenantsYaml: {tenantsYamlPath: ${written}}\n`,
      });
      const model = await load({
        ...config('gcp-dev', './tenants'),
        ...config('prod-eu', 'tenants/'),
        ...config('prod-cn', './/tenants'),
      });
      expect(model.problems.map(formatProblem)).to.deep.equal([]);
      expect([...model.tenants.keys()]).to.have.members(['org', 'payments', 'legacy']);
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

  describe('more than one YAML document', () => {
    const second = '---\nanything: else\n';
    for (const [file, text] of [
      ['corectl.yaml', sampleRepository['corectl.yaml']],
      ['environments/environments.yaml', sampleRepository['environments/environments.yaml']],
      ['environments/gcp-dev/config.yaml', sampleRepository['environments/gcp-dev/config.yaml']],
      ['tenants/tenants/legacy.yaml', sampleRepository['tenants/tenants/legacy.yaml']],
    ] as const) {
      it(`is a problem at the line of its --- in ${file}`, async () => {
        const line = (text ?? '').split('\n').length;
        expect(await problems({[file]: `${text}${second}`})).to.deep.equal([
          `${file}:${line}:1: expected one YAML document, found another one`,
        ]);
      });
    }

    it('but one may begin with --- and end with ...', async () => {
      const text = sampleRepository['corectl.yaml'] ?? '';
      expect(await problems({'corectl.yaml': `# path\n---\n${text}...\n`})).to.deep.equal([]);
    });
  });

  describe('null and ~', () => {
    it('mean that a key is absent where it may be', async () => {
      const model = await load({
        'corectl.yaml':
          'p2p:\n  fast-feedback: {default-envs: [gcp-dev], next: ~}\n  prod: {default-envs: [prod-eu], next: null}\n',
        'environments/gcp-dev/config.yaml': `${sampleRepository['environments/gcp-dev/config.yaml']}registry: null\ntenantsYaml: ~\n`,
        'environments/prod-eu/config.yaml':
          'environment: prod-eu\ntier: Null\nplatform: ~\nregistry: {url: r.example.com/x, credentials: ~, plainHttp: null}\n',
        'tenants/tenants/legacy.yaml': 'name: legacy\nkind: null\nowner: ~\nenvironments: [gcp-dev]\n',
      });
      expect(model.problems).to.deep.equal([]);
      expect(model.stages.get('fast-feedback')?.next).to.deep.equal(['prod']);
      expect(model.environments.get('prod-eu')).not.to.have.any.keys('tier', 'platform');
      expect(model.tenants.get('legacy')).not.to.have.any.keys('kind', 'owner');
    });

    it('are nothing where a value is wanted, and text between quotes', async () => {
      const found = await problems({
        'tenants/tenants/legacy.yaml': 'name: null\nowner: "null"\nenvironments: [gcp-dev]\n',
      });
      expect(found).to.have.length(1);
      expect(found[0]).to.match(/legacy.yaml:1:1 name: expected .*, found nothing$/);
    });
  });

  describe('a file with several problems', () => {
    const whole = async (file: string, text: string) =>
      (await problems({[file]: text})).filter((one) => one.startsWith(file));
    const environment = 'environments/gcp-dev/config.yaml';

    it('has all of them told at once: in its shape, its names, its keys and its platform', async () => {
      const platform = 'platform: {vendor: gcp, projectId: P_x!, region: ""}';
      expect(
        await whole(environment, `environment: other\ntier: [a]\ntier: b\nrequires: {}\n${platform}\n`),
      ).to.deep.equal([
        `${environment}:3:1 tier: expected each key once, found it again`,
        `${environment}:2:1 tier: expected a tier, found a list`,
        `${environment}:1:1 environment: expected the folder's name "gcp-dev", found "other"`,
        `${environment}:4:1 requires: expected a key that is known, found "requires" (did you mean require?)`,
        `${environment}:5:25 platform.projectId: expected a project id, found "P_x!"`,
        `${environment}:5:42 platform.region: expected a region, found nothing`,
      ]);
    });

    it('has the place of its registry judged, and no platform beside it', async () => {
      const text = 'environment: a b\nplatform: {vendor: gpc}\nregistry: {url: "h.example.com:99999/x"}\n';
      expect(await whole(environment, text)).to.deep.equal([
        `${environment}:1:1 environment: expected a name of letters, digits, dots, dashes and underscores, found "a b"`,
        `${environment}:3:12 registry.url: expected what makes a registry host, found "h.example.com:99999"`,
      ]);
      expect(
        await whole(environment, 'environment: gcp-dev\ntier: [a]\nregistry: {url: [b]}\n'),
      ).to.have.length(2);
    });

    it('may be of stages, of what is enabled or of a tenant', async () => {
      const stages =
        'p2p:\n  a: {default-env: [gcp-dev], nxt: [b], next: [c]}\n  b: {default-envs: [gone], next: yes}\n';
      expect(await whole('corectl.yaml', stages)).to.deep.equal([
        'corectl.yaml:2:3 p2p.a.default-envs: expected a list of names, found nothing',
        'corectl.yaml:2:7 p2p.a.default-env: expected a key that is known, found "default-env" (did you mean default-envs?)',
        'corectl.yaml:2:31 p2p.a.nxt: expected a key that is known, found "nxt" (did you mean next?)',
        'corectl.yaml:2:48 p2p.a.next[0]: expected a stage that exists, found "c" (did you mean a or b?)',
        'corectl.yaml:3:29 p2p.b.next: expected a list of names, found "yes"',
        'corectl.yaml:3:22 p2p.b.default-envs[0]: expected an environment that exists, found "gone"',
      ]);
      expect(await whole('environments/environments.yaml', 'enabled: [gone]\na: 1\na: 2\n')).to.have.length(
        2,
      );
      const tenant = 'name: pay ments\nkind: unit\nkind: Unit\nenvironments: [gone]\n';
      expect(await whole('tenants/tenants/legacy.yaml', tenant)).to.have.length(4);
    });
  });

  describe('names that nothing has', () => {
    it('in the list of those enabled are told with the nearest, which is not known to be disabled', async () => {
      const model = await load({'environments/environments.yaml': 'enabled: [gcp-dev, prod-cn, prod-eu1]\n'});
      expect(model.problems.map(formatProblem)).to.deep.equal([
        'environments/environments.yaml:1:29 enabled[2]: expected an environment with a folder of its own, found "prod-eu1" (did you mean prod-eu?)',
      ]);
      expect(standingOf(model, {kind: 'environment', name: 'prod-eu'})).to.deep.include({state: 'unusable'});
    });

    it('in a tenant are told with the nearest, which is not known to be left out', async () => {
      const model = await load({
        'tenants/tenants/legacy.yaml': 'name: legacy\nenvironments: [gcp-dev, Prod-EU]\n',
      });
      expect(model.problems.map(formatProblem)).to.deep.equal([
        'tenants/tenants/legacy.yaml:2:25 environments[1]: expected an environment of the repository, found "Prod-EU" (did you mean prod-eu?)',
      ]);
      const [legacy, payments] = [model.tenants.get('legacy')!, model.tenants.get('payments')!];
      expect(listingOf(model, legacy, 'prod-eu'))
        .to.have.property('problems')
        .with.length(1);
      expect(listingOf(model, legacy, 'prod-cn')).to.equal('not-listed');
      expect(listingOf(model, legacy, 'gcp-dev')).to.equal('listed');
      expect(listingOf(model, payments, 'prod-eu')).to.equal('listed');
    });

    it('in a stage are told with the nearest, and stop the stage', async () => {
      const model = await load({'corectl.yaml': 'p2p:\n  prod: {default-envs: [prod-EU]}\n'});
      expect(model.problems.map(formatProblem)[0]).to.contain('(did you mean prod-eu?)');
      expect(standingOf(model, {kind: 'stage', name: 'prod'})).to.deep.include({state: 'unusable'});
    });
  });

  describe('files of another name', () => {
    it('environments.yml is told, and everything stops: it would enable all', async () => {
      rmSync(path.join(root, 'environments/environments.yaml'));
      const model = await load({'environments/environments.yml': 'enabled: [gcp-dev]\n'});
      expect(model.problems.map(formatProblem)).to.deep.equal([
        'environments/environments.yml:1:1: expected the file\'s name environments.yaml, found "environments.yml"',
      ]);
      expect(problemsConcerning(model, [])).to.have.length(1);
    });

    it('config.yml, corectl.yml and a tenant’s .YAML are told where the right one is missing', async () => {
      rmSync(path.join(root, 'corectl.yaml'));
      rmSync(path.join(root, 'environments/prod-cn/config.yaml'));
      const found = await problems({
        'corectl.yml': 'p2p: {}\n',
        'environments/prod-cn/config.yml': 'environment: prod-cn\n',
        'tenants/tenants/other.YAML': 'name: other\n',
        'tenants/tenants/README.md': 'not a tenant\n',
      });
      expect(found).to.deep.equal([
        'corectl.yaml:1:1: expected a YAML file, found nothing (but corectl.yml: is it to have this name?)',
        'environments/prod-cn/config.yaml:1:1: expected a YAML file, found nothing (but config.yml: is it to have this name?)',
        'tenants/tenants/other.YAML:1:1: expected a name that ends in .yaml or .yml, found another one: the file is not read',
      ]);
    });
  });

  describe('a key of an environment that is slightly misspelt', () => {
    const dev = 'environment: gcp-dev\n';
    const platform =
      'platform: {vendor: gcp, projectId: dev-12345, projectNumber: 1, region: europe-west2}\n';

    for (const [yaml, key, meant] of [
      ['registery: {url: harbor.example.com/x}', 'registery', 'registry'],
      ['Registry: {url: harbor.example.com/x}', 'Registry', 'registry'],
      ['regsitry: {url: harbor.example.com/x}', 'regsitry', 'registry'],
      ['tenantsYAML: {tenantsYamlPath: other}', 'tenantsYAML', 'tenantsYaml'],
      ['tenantsYaml: {tenantYamlPath: other}', 'tenantYamlPath', 'tenantsYamlPath'],
      ['teir: prod', 'teir', 'tier'],
      ['registry: {url: harbor.example.com/x, credential: anonymous}', 'credential', 'credentials'],
    ] as const) {
      it(`stops what uses the environment, as something else would follow: ${yaml}`, async () => {
        const model = await load({'environments/gcp-dev/config.yaml': `${dev}${platform}${yaml}\n`});
        expect(model.problems.map(({message}) => message)).to.deep.equal([
          `expected a key that is known, found "${key}" (did you mean ${meant}?)`,
        ]);
        expect(standingOf(model, {kind: 'environment', name: 'gcp-dev'}).state).to.equal('unusable');
      });
    }

    it('is left alone where it is another word, or beside the right one', async () => {
      const other =
        'registryMirror: x\nregistries: x\nregion: x\ntime: x\ntier: dev\ntiers: x\nregistry: {url: harbor.example.com/x, credentialsSecret: x}\nregister: x\n';
      expect(await problems({'environments/gcp-dev/config.yaml': `${dev}${platform}${other}`})).to.deep.equal(
        [],
      );
    });
  });

  describe('a platform', () => {
    const config = (text: string) => ({'environments/prod-cn/config.yaml': `environment: prod-cn\n${text}`});

    it('is not judged beside a registry', async () => {
      for (const platform of [
        '{vendor: kubevirt}',
        '[]',
        'text',
        '{vendor: gcp, projectNumber: x, region: Y Z}',
      ]) {
        const model = await load(config(`platform: ${platform}\nregistry: {url: r.example.com/x}\n`));
        expect(model.problems, platform).to.deep.equal([]);
        expect(registryHost(model.environments.get('prod-cn')!)).to.equal('r.example.com');
      }
    });

    it('is not judged in an environment that no stage names', async () => {
      const model = await load({
        'corectl.yaml': 'p2p: {prod: {default-envs: [prod-eu]}}\n',
        ...config('platform: {vendor: azure, region: UK South}\n'),
      });
      expect(model.problems).to.deep.equal([]);
      expect(model.environments.get('prod-cn')?.platform).to.deep.equal({
        vendor: 'azure',
        region: 'UK South',
      });
    });

    it('is told with its position where a stage needs what it lacks, and refused where a repository is derived', async () => {
      const model = await load(config('platform: {vendor: azure, region: UK South}\n'));
      const told =
        'environments/prod-cn/config.yaml:2:1 platform.containerRegistry: expected the NAME of NAME.azurecr.io, found nothing';
      expect(model.problems.map(formatProblem)).to.deep.equal([told]);
      expect(() =>
        locateRepository(model.environments.get('prod-cn')!, {tenant: 't', stage: 'prod', image: 'app'}),
      ).to.throw(CorectlError, told);
    });

    it('needs no project number for a repository', async () => {
      const model = await load(
        config('platform: {vendor: gcp, projectId: some-project, region: europe-west1}\n'),
      );
      expect(model.problems).to.deep.equal([]);
    });
  });

  describe('what planning is told besides', () => {
    it('every name that there is, usable or not, and what is enabled', async () => {
      const model = await load({
        'environments/environments.yaml': 'enabled: [gcp-dev, prod-eu]\n',
        'environments/prod-eu/config.yaml': 'environment: []\n',
        'corectl.yaml':
          'p2p:\n  extended-test: {default-envs: [gcp-dev], next: [soak, prod]}\n  soak: gcp-dev\n  prod: {default-envs: [prod-eu, prod-cn]}\n',
      });
      expect(model.names).to.deep.equal({
        environments: ['gcp-dev', 'prod-cn', 'prod-eu'],
        enabled: ['gcp-dev', 'prod-eu'],
        stages: ['extended-test', 'soak', 'prod'],
      });
      expect(model.stages.get('extended-test')).to.deep.include({next: ['prod'], brokenNext: ['soak']});
      const state = (kind: 'environment' | 'stage' | 'tenant', name: string) =>
        standingOf(model, {kind, name}).state;
      expect(state('environment', 'gcp-dev')).to.equal('usable');
      expect(state('environment', 'prod-cn')).to.equal('disabled');
      expect(state('environment', 'prod-eu')).to.equal('unusable');
      expect(state('environment', 'nowhere')).to.equal('unknown');
      expect(state('stage', 'soak')).to.equal('unusable');
      expect(state('stage', 'prod')).to.equal('usable');
      expect(state('tenant', 'payments')).to.equal('usable');
      expect(state('tenant', 'nobody')).to.equal('unknown');
    });

    it('the standard successor that did not load', async () => {
      const model = await load({
        'corectl.yaml':
          'p2p:\n  fast-feedback: {default-envs: [gcp-dev]}\n  extended-test: {}\n  prod: {default-envs: [prod-eu]}\n',
      });
      expect(model.stages.get('fast-feedback')).to.deep.include({next: [], brokenNext: ['extended-test']});
    });
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

  describe('hostile content', function () {
    // quick is told by the processor's time, of which a busy machine gives little
    this.timeout(120_000);
    const canary = 'canary-7f3a: do-not-show';

    it('stops at aliases that explode, quickly', async () => {
      const levels = Array.from(
        {length: 9},
        (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}*l${level}]`,
      );
      const started = process.cpuUsage();
      const found = await problems({
        'environments/prod-cn/config.yaml': `l0: &l0 [x]\n${levels.join('\n')}\nenvironment: prod-cn\n`,
      });
      expect(found[0]).to.match(
        /prod-cn\/config.yaml:1:1: expected a plain file, found aliases or values beyond counting/,
      );
      expect(process.cpuUsage(started).user).to.be.below(2_000_000);
    });

    it('stops at an alias to itself and at deep nesting', async () => {
      const found = await problems({
        'environments/prod-cn/config.yaml': 'environment: &a [*a]\n',
        'environments/prod-eu/config.yaml': `environment: ${'['.repeat(60)}${']'.repeat(60)}`,
        'environments/gcp-dev/config.yaml': '['.repeat(500_000),
      });
      expect(found.filter((line) => line.includes('nesting that is too deep'))).to.have.length(2);
      expect(found).to.include(
        'environments/prod-cn/config.yaml:1:18 environment[0]: expected an alias of something above it, found one of what it stands in',
      );
    });

    for (const [what, yaml] of [
      ['merged into itself', 'more: &a\n  <<: *a\n'],
      ['merged into itself by a list', 'more: &a\n  <<: [{x: y}, *a]\n'],
      ['its own key', 'more: &a\n  ? *a\n  : b\n'],
      ['merged into itself two levels below', 'more: &a\n  x:\n    <<: *a\n'],
    ] as const) {
      it(`tells a mapping that is ${what} as the problem of its file alone`, async () => {
        const model = await load({
          'tenants/tenants/evil.yaml': `name: evil\nenvironments: [gcp-dev]\n${yaml}`,
        });
        expect(model.problems.map(formatProblem)).to.have.length(1);
        expect(model.problems[0]?.message).to.include('found one of what it stands in');
        expect(problemsConcerning(model, [{kind: 'tenant', name: 'payments'}])).to.deep.equal([]);
        expect(standingOf(model, {kind: 'tenant', name: 'evil'}).state).to.equal('unusable');
      });
    }

    it('refuses a key of half a megabyte, and takes no time and memory for each of the values below it', async () => {
      const started = process.cpuUsage();
      const found = await problems({
        'tenants/tenants/evil.yaml': `name: evil\nenvironments: [gcp-dev]\n? "${'k'.repeat(500_000)}"\n:\n${' - a\n'.repeat(20_000)}`,
      });
      expect(found).to.deep.equal([
        'tenants/tenants/evil.yaml:3:3: expected a key of at most 1024 characters, found 500000 characters',
      ]);
      expect(process.cpuUsage(started).user).to.be.below(10_000_000);
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

    it('takes time for a megabyte of keys that grows with them alone', async () => {
      const timeOf = async (keys: number): Promise<number> => {
        const started = process.cpuUsage();
        await load({
          'environments/prod-cn/config.yaml': Array.from({length: keys}, (_, n) => `k${n}: x`).join('\n'),
        });
        return process.cpuUsage(started).user;
      };
      await timeOf(1000); // compiles
      // each key with every other would be a hundred times as much
      expect(await timeOf(90_000)).to.be.below(30 * (await timeOf(9000)));
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
