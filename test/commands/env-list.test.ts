import {expect} from 'chai';
import {runCli} from '../support/cli.ts';
import {remove} from '../support/git.ts';
import {initialisedHome} from '../support/initialised-home.ts';

describe('corectl env list', () => {
  let work: string;
  let home: string;
  before(async () => {
    ({work, home} = await initialisedHome({
      'environments/off/config.yaml':
        'environment: off\ntier: dev\nplatform: {vendor: azure, containerRegistry: OffReg, region: uksouth}\n',
    }));
  });
  after(() => {
    remove(work);
  });

  it('shows every environment, enabled or not', async () => {
    const {code, stdout} = await runCli(['env', 'list'], {home});
    expect(code).to.equal(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows).to.deep.include(['NAME', 'TIER', 'VENDOR', 'ACCOUNT', 'REGION', 'REGISTRY', 'ENABLED']);
    expect(rows).to.deep.include([
      'gcp-dev',
      'dev',
      'gcp',
      'core-platform-dev-1a2b',
      'europe-west2',
      'europe-west2-docker.pkg.dev',
      'yes',
    ]);
    expect(rows).to.deep.include([
      'prod-cn',
      '-',
      'aws',
      '012345678901',
      'cn-north-1',
      '012345678901.dkr.ecr.cn-north-1.amazonaws.com.cn',
      'yes',
    ]);
    expect(rows).to.deep.include(['off', 'dev', 'azure', '-', 'uksouth', 'offreg.azurecr.io', 'no']);
  });

  it('prints one JSON document', async () => {
    const {stdout} = await runCli(['env', 'list', '--json'], {home});
    const {environments} = JSON.parse(stdout) as {environments: Record<string, unknown>[]};
    expect(environments.find(({name}) => name === 'prod-eu')).to.deep.equal({
      name: 'prod-eu',
      tier: 'prod',
      vendor: 'gcp',
      account: 'core-platform-prod',
      region: 'europe-west1',
      registry: 'harbor.example.com',
      enabled: true,
    });
  });
});
