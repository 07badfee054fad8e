// What pipelines ask corectl for: the newest version, the environments as a matrix, the variables of one of them, all tenants' access.
import {execFileSync} from 'node:child_process';
import {expect} from 'chai';
import {promotionHome, type PromotionHome} from '../support/promotion-home.ts';
import {pushImage, startTestRegistry, type TestRegistry} from '../support/registry.ts';

const gcp = (name: string, tier: string) => `environment: ${name}
tier: ${tier}
platform: {vendor: gcp, projectId: ${name}-1a2b, projectNumber: "123456789012", region: europe-west2}
`;

describe('corectl p2p latest, matrix and export', function () {
  this.timeout(120_000);
  let registry: TestRegistry;
  let home: PromotionHome;

  before(async () => {
    registry = await startTestRegistry();
    home = await promotionHome({
      registries: {dev: registry.host, 'dev-2': registry.host},
      stages: {},
      files: {
        'corectl.yaml':
          'p2p:\n  fast-feedback: {default-envs: [dev]}\n  extended-test: {default-envs: [dev]}\n  prod: {default-envs: [prod-eu, prod-us]}\n',
        'environments/prod-eu/config.yaml': gcp('prod-eu', 'prod'),
        'environments/prod-us/config.yaml': gcp('prod-us', 'prod'),
        'environments/split/config.yaml':
          'environment: split\nregistry: {url: "registry.example.com/{stage}/t/{tenant}"}\n',
        'tenants/tenants/payments.yaml':
          'name: payments\nkind: DeliveryUnit\nenvironments: [dev, prod-eu, prod-us]\n',
      },
    });
    for (const tag of ['1.9.0', '1.10.0', '2.0.0-rc.1', 'latest'])
      await pushImage(registry, 'tenant/payments/fast-feedback/app', tag, {seed: tag});
  });
  after(async () => {
    home.remove();
    await registry.close();
  });

  const latest = (...more: string[]) =>
    home.corectl(['p2p', 'latest', 'app', '--tenant', 'payments', '--stage', 'fast-feedback', ...more]);

  it('prints the newest version alone, and all about it as JSON', async () => {
    const {code, stdout, stderr} = await latest();
    expect([code, stdout, stderr]).to.deep.equal([0, '1.10.0\n', '']);
    expect((await latest('--constraint', '<1.10')).stdout).to.equal('1.9.0\n');
    const document = JSON.parse((await latest('--prereleases', '--json')).stdout) as Record<string, unknown>;
    expect(document).to.include({
      ok: true,
      image: 'app:2.0.0-rc.1',
      version: '2.0.0-rc.1',
      environment: 'dev',
      reference: `${registry.host}/tenant/payments/fast-feedback/app:2.0.0-rc.1`,
    });
    expect(document.digest).to.match(/^sha256:/);
  });

  it('ends with 3 where there is none, with 2 for what is no request, with 5 where nobody answers', async () => {
    const none = await latest('--constraint', '>=3');
    expect([none.code, none.stdout]).to.deep.equal([3, '']);
    const absent = ['p2p', 'latest', 'absent', '--tenant', 'payments', '--stage', 'prod', '-e'];
    expect((await home.corectl([...absent, 'nowhere'])).code).to.equal(2);
    expect((await latest('--constraint', 'newest')).code).to.equal(2);
    const tagged = await home.corectl(['p2p', 'latest', 'app:1', '--tenant', 'payments', '--stage', 'prod']);
    expect(tagged.code).to.equal(2);
    const elsewhere = await home.corectl([
      ...['p2p', 'latest', 'app', '--tenant', 'payments', '--stage', 'extended-test', '--json'],
    ]);
    expect(elsewhere.code).to.equal(3);
    expect(JSON.parse(elsewhere.stdout)).to.deep.include({ok: false, exitCode: 3});
    registry.faults.add({path: /\/tags\/list/, action: {status: 403}});
    expect((await latest()).code).to.equal(5);
    registry.faults.clear();
  });

  it('looks for an image that is verified, also where nothing is demanded', async () => {
    const verify = (image: string) =>
      home.corectl(['p2p', 'verify', image, '--tenant', 'payments', '--stage', 'extended-test', '--json']);
    const {code, stdout} = await verify('app:1.9.0');
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.have.nested.property('images[0].satisfied', true);
    expect((await verify('app:1.9.9')).code).to.equal(3);
  });

  it('prints the next environments as a matrix in one line', async () => {
    const {code, stdout, stderr} = await home.corectl([
      ...['p2p', 'matrix', '--tenant', 'payments', '--from-stage', 'extended-test'],
    ]);
    expect([code, stderr, stdout.split('\n').length]).to.deep.equal([0, '', 2]);
    const matrix = JSON.parse(stdout) as {include: Record<string, unknown>[]};
    expect(Object.keys(matrix)).to.deep.equal(['include']);
    expect(matrix.include.map(({deploy_env, stage}) => [deploy_env, stage])).to.deep.equal([
      ['prod-eu', 'prod'],
      ['prod-us', 'prod'],
    ]);
    expect(matrix.include[0]).to.deep.equal({
      environment: 'prod-eu',
      deploy_env: 'prod-eu',
      stage: 'prod',
      tier: 'prod',
      vendor: 'gcp',
      region: 'europe-west2',
      registry: 'europe-west2-docker.pkg.dev',
      repository: 'europe-west2-docker.pkg.dev/prod-eu-1a2b/tenant/payments/prod',
    });
    const json = await home.corectl([
      ...['p2p', 'matrix', '--tenant', 'payments', '--from-stage', 'extended-test', '--json'],
    ]);
    expect(JSON.parse(json.stdout)).to.deep.equal(matrix);
    const all = await home.corectl(['p2p', 'matrix', '--tenant', 'payments']);
    expect((JSON.parse(all.stdout) as typeof matrix).include.map(({stage}) => stage)).to.deep.equal([
      ...['fast-feedback', 'extended-test', 'prod', 'prod'],
    ]);
    const misspelt = await home.corectl(['p2p', 'matrix', '--tenant', 'payments', '--stage', 'prd']);
    expect([misspelt.code, misspelt.stdout]).to.deep.equal([2, '']);
  });

  it("prints a tenant's variables, which a shell takes over", async () => {
    const {code, stdout, stderr} = await home.corectl([
      ...['p2p', 'export', '--tenant', 'payments', '--environment', 'prod-eu'],
    ]);
    expect([code, stderr]).to.deep.equal([0, '']);
    const taken = execFileSync('bash', ['--norc'], {
      input: `${stdout}printenv`,
      env: {PATH: process.env.PATH},
    });
    expect(taken.toString().split('\n')).to.include.members([
      'P2P_TENANT_NAME=payments',
      'TENANT_NAME=payments',
      'DPLATFORM=prod-eu',
      'REGION=europe-west2',
      'PROJECT_ID=prod-eu-1a2b',
      'PROJECT_NUMBER=123456789012',
      'SERVICE_ACCOUNT=p2p-payments@prod-eu-1a2b.iam.gserviceaccount.com',
      'REGISTRY=europe-west2-docker.pkg.dev/prod-eu-1a2b/tenant/payments',
      'P2P_REGISTRY_FAST_FEEDBACK_PATH=fast-feedback',
      'P2P_REGISTRY_PROD=europe-west2-docker.pkg.dev/prod-eu-1a2b/tenant/payments/prod',
    ]);
    const document = await home.corectl([
      ...['p2p', 'export', '--tenant', 'payments', '--environment', 'prod-eu', '--json'],
    ]);
    expect(JSON.parse(document.stdout)).to.deep.include({ok: true, environment: 'prod-eu'});
    for (const name of ['prod-xx', 'dev-2'])
      expect((await home.corectl(['p2p', 'export', '--tenant', 'payments', '-e', name])).code).to.equal(2);
  });

  it('checks the access of every tenant that owns images at once', async () => {
    const {code, stdout, stderr} = await home.corectl([
      'auth',
      'check',
      '--all-tenants',
      '-e',
      'dev',
      '--json',
    ]);
    expect(code, stderr).to.equal(0);
    const document = JSON.parse(stdout) as {tenants: {tenant: string; environments: {mayPush: boolean}[]}[]};
    expect(
      document.tenants.map(({tenant, environments}) => [tenant, ...environments.map(({mayPush}) => mayPush)]),
    ).to.have.deep.members([
      ['payments', true],
      ['lab', true],
    ]);
    const text = await home.corectl(['auth', 'check', '--all-tenants', '-e', 'dev']);
    expect(text.stdout).to.match(/^payments\nENVIRONMENT/m);
    registry.faults.add({path: /tenant\/lab\//, action: {status: 403}});
    const refused = await home.corectl(['auth', 'check', '--all-tenants', '-e', 'dev']);
    registry.faults.clear();
    expect([refused.code, /lab: dev: /.test(refused.stderr)]).to.deep.equal([5, true]);
    expect((await home.corectl(['auth', 'check', '--all-tenants', '--tenant', 'lab'])).code).to.equal(2);
    expect((await home.corectl(['auth', 'check', '--all-tenants', '-e', 'nowhere'])).code).to.equal(2);
  });

  describe('where a part of the repository cannot be read', () => {
    let broken: PromotionHome;
    before(async () => {
      broken = await promotionHome({
        registries: {dev: registry.host, 'dev-2': registry.host},
        stages: {},
        files: {
          'corectl.yaml':
            'p2p:\n  fast-feedback: {default-envs: [dev]}\n  extended-test: {default-envs: [dev, dev-2]}\n  prod: {default-envs: prod-eu}\n',
          'tenants/tenants/payments.yaml': 'name: payments\nkind: DeliveryUnit\nenvironments: [dev, dev-2]\n',
          'tenants/tenants/only.yaml': 'name: only\nenvironments: [dev]\n',
          'tenants/tenants/unread.yaml': 'name: shop\nenvironments: {dev: true}\n',
        },
      });
    });
    after(() => {
      broken.remove();
    });

    const words = ['p2p matrix', 'p2p export -e dev', 'p2p status', 'p2p history app', 'auth check'];
    for (const command of words) {
      it(`${command} does not do without a stage that cannot be read`, async () => {
        const {code, stdout, stderr} = await broken.corectl([...command.split(' '), '--tenant', 'payments']);
        expect([code, stdout]).to.deep.equal([2, '']);
        expect(stderr).to.contain(
          'corectl.yaml:4:10 p2p.prod.default-envs: expected a list of names, found "prod-eu"',
        );
      });
    }

    it('p2p matrix and auth check go on where others are named', async () => {
      const named = ['--tenant', 'payments', '--stage', 'fast-feedback'];
      for (const command of [
        ['p2p', 'matrix'],
        ['auth', 'check'],
      ])
        expect((await broken.corectl([...command, ...named])).code).to.equal(0);
    });

    it('auth check --all-tenants fails for a tenant that cannot be read, as it may be anybody', async () => {
      const all = ['auth', 'check', '--all-tenants', '--stage', 'fast-feedback'];
      const {code, stdout, stderr} = await broken.corectl(all);
      expect([code, /^payments\nENVIRONMENT/m.test(stdout)]).to.deep.equal([5, true]);
      expect(stderr).to.contain(
        'shop: the environments repository has problems in what this uses: tenants/tenants/unread.yaml:2:1 environments',
      );
      const document = JSON.parse((await broken.corectl([...all, '--json'])).stdout) as {ok: boolean};
      expect(document.ok).to.equal(false);
    });

    it('auth check --all-tenants tries a tenant where it is, though it is not in all environments that are named', async () => {
      registry.faults.add({path: /tenant\/only\//, action: {status: 403}});
      const {stderr} = await broken.corectl(
        'auth check --all-tenants --stage extended-test -e dev -e dev-2'.split(' '),
      );
      registry.faults.clear();
      expect(stderr).to.contain('only: dev: ');
    });
  });

  describe('auth check --all-tenants', () => {
    it('is refused where none of them is anywhere, or a name leads nowhere for all', async () => {
      for (const [where, named] of [
        ['-e split', 'split'],
        ['--stage fast-feedback -e dev -e split', 'split'],
      ] as const) {
        const {code, stdout, stderr} = await home.corectl(`auth check --all-tenants ${where}`.split(' '));
        expect([code, stdout]).to.deep.equal([2, '']);
        expect(stderr).to.contain(
          `error[no-environment]: no tenant has an enabled environment for ${named}\n`,
        );
      }
    });
  });
});
