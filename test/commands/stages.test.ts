import {expect} from 'chai';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {runCli} from '../support/cli.ts';
import {sampleRepository} from '../support/environments-repository.ts';
import {commit, remove} from '../support/git.ts';
import {initialisedHome} from '../support/initialised-home.ts';

describe('what the environments repository holds', () => {
  let work: string;
  let home: string;
  before(async () => {
    ({work, home} = await initialisedHome({
      'environments/off/config.yaml':
        'environment: off\nplatform: {vendor: azure, containerRegistry: offreg, region: uksouth}\n',
      'tenants/tenants/broken.yaml': 'name: broken\nkind: Nothing\nenvironments: []\n',
    }));
  });
  after(() => {
    remove(work);
  });

  const corectl = (...args: string[]) => runCli(args, {home});

  describe('corectl p2p stages', () => {
    it('shows the path with environments and registries', async () => {
      const {code, stdout} = await corectl('p2p', 'stages');
      expect(code).to.equal(0);
      expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).to.deep.equal([
        ['STAGE', 'ENVIRONMENT', 'REGISTRY', 'NEXT'],
        ['fast-feedback', 'gcp-dev', 'europe-west2-docker.pkg.dev', 'extended-test'],
        ['extended-test', 'gcp-dev', 'europe-west2-docker.pkg.dev', 'prod'],
        ['prod', 'prod-eu', 'harbor.example.com', '-'],
        ['', 'prod-cn', '012345678901.dkr.ecr.cn-north-1.amazonaws.com.cn'],
        [''],
      ]);
    });

    it('shows the repositories of a tenant, in the stages it has', async () => {
      const {stdout} = await corectl('p2p', 'stages', '--tenant', 'payments');
      expect(stdout).to.contain(
        'europe-west2-docker.pkg.dev/core-platform-dev-1a2b/tenant/payments/extended-test  prod',
      );
      expect(stdout).to.contain('harbor.example.com/platform/payments/prod ');
      expect((await corectl('p2p', 'stages', '--tenant', 'legacy')).stdout).to.match(/^prod +- +- +-$/m);
    });

    it('tells with --verbose where each fact came from', async () => {
      const {stdout} = await corectl('p2p', 'stages', '--tenant', 'payments', '--verbose');
      expect(stdout).to.contain('prod: corectl.yaml:7:5 p2p.prod.default-envs');
      expect(stdout).to.contain('  prod-eu: environments/prod-eu/config.yaml:5:3 registry.url');
      expect(stdout).to.contain('payments: tenants/tenants/org/payments.du.yaml:1:1 name');
    });

    it('prints one JSON document, with the problems', async () => {
      const {stdout} = await corectl('p2p', 'stages', '--tenant', 'payments', '--json');
      const {stages, tenant, problems} = JSON.parse(stdout) as {
        stages: unknown[];
        tenant: string;
        problems: unknown[];
      };
      expect(tenant).to.equal('payments');
      expect(problems).to.have.length(1);
      expect(stages[0]).to.deep.equal({
        stage: 'fast-feedback',
        next: ['extended-test'],
        unusableNext: [],
        from: 'corectl.yaml:3:5 p2p.fast-feedback.default-envs',
        environments: [
          {
            environment: 'gcp-dev',
            enabled: true,
            registry: 'europe-west2-docker.pkg.dev',
            from: 'environments/gcp-dev/config.yaml:3:1 platform',
            repository: 'europe-west2-docker.pkg.dev/core-platform-dev-1a2b/tenant/payments/fast-feedback',
          },
        ],
      });
    });

    it('shows what is to follow and cannot be used, in text and JSON', async () => {
      const broken = path.join(work, 'broken-next');
      const elsewhere = path.join(work, 'elsewhere');
      mkdirSync(elsewhere);
      commit(broken, {
        ...sampleRepository,
        'corectl.yaml':
          'p2p:\n  fast-feedback: {default-envs: [gcp-dev], next: [soak, prod]}\n  soak: gcp-dev\n  prod: {default-envs: [prod-eu], next: [fast-feedback]}\n',
      });
      await runCli(['init', '-e', broken], {home: elsewhere});
      const {code, stdout} = await runCli(['p2p', 'stages'], {home: elsewhere});
      expect(code).to.equal(0);
      expect(stdout).to.match(/^fast-feedback +gcp-dev +\S+ +prod, soak \(unusable\)$/m);
      expect(stdout).to.match(/^prod +prod-eu +\S+ +fast-feedback \(unusable\)$/m);
      const {stages} = JSON.parse((await runCli(['p2p', 'stages', '--json'], {home: elsewhere})).stdout) as {
        stages: {next: string[]; unusableNext: string[]}[];
      };
      expect(stages.map(({next, unusableNext}) => [next, unusableNext])).to.deep.equal([
        [['prod'], ['soak']],
        [[], ['fast-feedback']],
      ]);
    });

    it('suggests a tenant for a mistyped one, and tells of a broken one what is wrong', async () => {
      const mistyped = await corectl('p2p', 'stages', '--tenant', 'paymnets');
      expect(mistyped.code).to.equal(2);
      expect(mistyped.stderr).to.contain('payments');
      const broken = await corectl('p2p', 'stages', '--tenant', 'broken');
      expect(broken.code).to.equal(2);
      expect(broken.stderr).to.contain('tenants/tenants/broken.yaml:2:1 kind');
    });

    it('asks for an init first', async () => {
      const {code, stderr} = await runCli(['p2p', 'stages', '--json']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('corectl init -e URL|PATH').and.not.to.contain('    at ');
    });
  });
});
