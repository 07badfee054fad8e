import {expect} from 'chai';
import {runCli} from '../support/cli.ts';
import {remove} from '../support/git.ts';
import {initialisedHome} from '../support/initialised-home.ts';

describe('corectl tenant list', () => {
  let work: string;
  let home: string;
  before(async () => {
    ({work, home} = await initialisedHome());
  });
  after(() => {
    remove(work);
  });

  it('shows name, kind, owner and environments', async () => {
    const {code, stdout} = await runCli(['tenant', 'list'], {home});
    expect(code).to.equal(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows[0]).to.deep.equal(['NAME', 'KIND', 'OWNER', 'ENVIRONMENTS']);
    expect(rows.slice(1)).to.have.deep.members([
      ['org', 'OrgUnit', '-', 'gcp-dev'],
      ['payments', 'DeliveryUnit', 'org', 'gcp-dev, prod-eu, prod-cn'],
      ['legacy', '-', '-', 'gcp-dev'],
    ]);
  });

  it('prints one JSON document', async () => {
    const {stdout} = await runCli(['tenant', 'list', '--json'], {home});
    const {ok, tenants} = JSON.parse(stdout) as {ok: boolean; tenants: unknown[]};
    expect(ok).to.equal(true);
    expect(tenants).to.deep.include({name: 'legacy', kind: null, owner: null, environments: ['gcp-dev']});
  });

  it('lists those of an owner, and those in an environment', async () => {
    const names = async (...more: string[]) => {
      const {code, stdout} = await runCli(['tenant', 'list', '--json', ...more], {home});
      const {tenants = []} = JSON.parse(stdout) as {tenants?: {name: string}[]};
      return [code, ...tenants.map(({name}) => name)];
    };
    expect(await names('--owner', 'org')).to.deep.equal([0, 'payments']);
    expect(await names('--environment', 'prod-eu')).to.deep.equal([0, 'payments']);
    expect(await names('--owner', 'payments')).to.deep.equal([0]);
    expect(await names('--owner', 'ogr')).to.deep.equal([2]);
    expect(await names('-e', 'prod-xx')).to.deep.equal([2]);
  });
});
