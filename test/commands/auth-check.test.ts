import {expect} from 'chai';
import {account, googleCloudsOfTest, projectOf} from '../support/google-clouds.ts';
import {providerOf} from '../support/token-service-google.ts';

interface Row {
  environment: string;
  identity: string | null;
  source: string | null;
  expires: string | null;
  mayPull: boolean | null;
  mayPush: boolean | null;
  repositories: {stage: string; repository: string; mayPull: boolean | null; mayPush: boolean | null}[];
  error: {code: string; suggestions: string[]} | null;
}

const rowsIn = (stdout: string): Row[] => (JSON.parse(stdout) as {environments: Row[]}).environments;

describe('corectl auth check', () => {
  const start = googleCloudsOfTest();
  const check = ['auth', 'check', '-t', 'payments'];

  it('tells for each environment who corectl is, by what, until when, and that it may pull and push', async () => {
    const {home, job, registry} = await start();
    const {code, stdout, stderr} = await home.run([...check, '--json'], job);
    expect(code, stderr).to.equal(0);
    const rows = rowsIn(stdout);
    expect(rows.map(({environment}) => environment)).to.deep.equal(['dev', 'prod-eu', 'prod-us']);
    for (const row of rows) {
      const name = row.environment as 'dev';
      expect(row).to.include({identity: account(name), mayPull: true, mayPush: true, error: null});
      expect(row.source).to.contain(providerOf(projectOf(name)));
      expect(Date.parse(row.expires ?? '') - Date.now()).to.be.within(3_000_000, 3_600_000);
    }
    expect(rows[0]?.repositories.map(({stage}) => stage)).to.deep.equal(['fast-feedback', 'extended-test']);
    expect(registry.openUploads(), 'uploads left open').to.equal(0);
    expect(registry.log.requests({method: 'PUT'})).to.deep.equal([]);
  });

  it('shows a table with one row an environment', async () => {
    const {home, job} = await start();
    const {stdout} = await home.run([...check, '--environment', 'prod-eu'], job);
    const [headings = '', row = '', ...more] = stdout.trimEnd().split('\n');
    expect(headings).to.match(/^ENVIRONMENT +IDENTITY +SOURCE +EXPIRES +PULL +PUSH$/);
    expect(row).to.match(/^prod-eu +p2p-payments@core-prod-eu\S+ +GitHub id-token, .* +20\S+Z +yes +yes$/);
    expect(more).to.deep.equal([]);
  });

  it('looks at the stages and environments that are named, and no others', async () => {
    const {home, job, tokens} = await start();
    const {stdout} = await home.run([...check, '--stage', 'prod', '--environment', 'prod-us', '--json'], job);
    expect(rowsIn(stdout).map(({environment}) => environment)).to.deep.equal(['prod-us']);
    expect(tokens.mint.logins()).to.equal(1);
  });

  it('ends with exit code 5, the reason and the next step where a push is refused', async () => {
    const {home, job} = await start({rights: {'prod-us': ['pull']}});
    const {code, stdout, stderr} = await home.run([...check, '--json'], job);
    expect(code).to.equal(5);
    const [, eu, us] = rowsIn(stdout);
    expect(eu).to.include({mayPull: true, mayPush: true});
    expect(us).to.include({mayPull: true, mayPush: false});
    expect(us?.error).to.include({code: 'push-refused'});
    expect(stderr)
      .to.match(/^error\[[a-z-]+\]: prod-us: .*HTTP 403/m)
      .and.contain('roles/artifactregistry.writer');
  });

  it('ends with exit code 5 where a pull is refused', async () => {
    const {home, job} = await start({rights: {'prod-us': []}, bearer: 60});
    const {code, stdout} = await home.run([...check, '--json'], job);
    expect(code).to.equal(5);
    expect(rowsIn(stdout)[2]).to.include({mayPull: false, mayPush: false});
  });

  it('tells what is the matter with one identity and goes on with the others', async () => {
    const {home, job} = await start({projects: {'prod-eu': {account: 'missing'}}});
    const {code, stdout} = await home.run([...check, '--json'], job);
    expect(code).to.equal(5);
    const [, eu, us] = rowsIn(stdout);
    expect(eu).to.include({identity: null, mayPush: null});
    expect(eu?.error).to.include({code: 'account-missing'});
    expect(us).to.include({mayPush: true});
  });

  it('refuses a name that the environments repository does not know, before anyone is asked', async () => {
    const {home, job, tokens} = await start();
    for (const [flag, name] of [
      ['--stage', 'production'],
      ['--environment', 'prod'],
    ] as const) {
      const {code, stderr} = await home.run([...check, flag, name], job);
      expect(code).to.equal(2);
      expect(stderr).to.contain(name);
    }
    expect(tokens.log.requests()).to.deep.equal([]);
  });
});
