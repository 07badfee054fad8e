import {expect} from 'chai';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {runCli} from '../support/cli.ts';
import {sampleRepository} from '../support/environments-repository.ts';
import {commit, remove, temporaryFolder} from '../support/git.ts';

describe('corectl tenant list', () => {
  let work: string;
  let home: string;

  before(async () => {
    work = temporaryFolder();
    home = path.join(work, 'home');
    mkdirSync(home);
    commit(path.join(work, 'repository'), sampleRepository);
    await runCli(['init', '-e', path.join(work, 'repository')], {home});
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
});
