// Records that the pipeline signs as itself, without a key of its own.
import {expect} from 'chai';
import {plant} from '../support/canary.ts';
import {recordingHome, type RecordingHome} from '../support/recording-home.ts';
import {onGitHub, sigstoreServices, type SigstoreServices} from '../support/sigstore-services.ts';

const trust = `{root: keys/root.json, pipeline: {issuer: "${onGitHub.issuer}", subject: "https://github.com/acme/payments/.github/workflows/promote.yaml@refs/heads/main"}}`;

describe('corectl p2p promote, recorded keyless', function () {
  this.timeout(120_000);
  let services: SigstoreServices;
  let home: RecordingHome;

  const open = async (root = (from: SigstoreServices) => from.trustedRoot(), isAllowed = true) => {
    services = await sigstoreServices();
    home = await recordingHome({
      record: 'keyless',
      trust,
      files: {'keys/root.json': root(services)},
      consent: isAllowed ? {'trust-host': [services.host]} : {},
    });
    plant(services.token(onGitHub));
  };
  afterEach(async () => {
    await Promise.all([home.close(), services.close()]);
  });

  const asPipeline = () => ({SIGSTORE_ID_TOKEN: services.token(onGitHub)});

  it('satisfies the next stage, is told as verified, and is not repeated', async () => {
    await open();
    const first = await home.promote('fast-feedback', asPipeline());
    expect([first.exitCode, first.record], JSON.stringify(first.failure)).to.deep.equal([0, 'written']);
    expect(services.requests).to.deep.equal(['/api/v2/signingCert', '/api/v1/log/entries']);
    expect((await home.promote('fast-feedback', asPipeline())).record).to.equal('there');
    expect(services.requests).to.have.length(2);
    const second = await home.promote('extended-test', asPipeline());
    expect([second.exitCode, second.record]).to.deep.equal([0, 'written']);
    const {stdout} = await home.corectl([
      ...['p2p', 'history', 'app:1.0.0', '--tenant', 'payments', '--environment', 'prod-eu', '--json'],
    ]);
    const {promotions} = JSON.parse(stdout) as {promotions: {verifiedBy: string | null}[]};
    expect(promotions.map(({verifiedBy}) => verifiedBy)).to.deep.equal(['pipeline', 'pipeline']);
  });

  it("takes the token of a job of GitHub's, and a time-stamp where there is no log", async () => {
    await open((from) => from.trustedRoot({log: false}));
    const job = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${services.url}/id-token?job=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'any-token-of-a-job',
    };
    const first = await home.promote('fast-feedback', job);
    expect([first.exitCode, first.record], JSON.stringify(first.failure)).to.deep.equal([0, 'written']);
    expect(services.requests).to.deep.equal(['/id-token', '/api/v2/signingCert', '/api/v1/timestamp']);
    expect((await home.promote('extended-test', job)).exitCode).to.equal(0);
  });

  it('counts by no other workflow: whoever else may sign there is nobody here', async () => {
    await open();
    const evil = {...onGitHub, subject: `${onGitHub.subject}-evil`};
    const first = await home.promote('fast-feedback', {SIGSTORE_ID_TOKEN: services.token(evil)});
    expect(first.record).to.equal('written');
    expect((await home.promote('extended-test', asPipeline())).exitCode).to.equal(6);
  });

  it('shows its token to no host that the user does not vouch for, and asks nobody', async () => {
    await open(undefined, false);
    const {stderr: told} = await home.corectl(['update']);
    expect(told).to.contain(`${services.host} may sign records of promotions`);
    expect(told).to.contain(`--trust-host ${services.host}`);
    const {exitCode, error} = await home.promote('fast-feedback', asPipeline());
    expect([exitCode, error?.code]).to.deep.equal([2, 'untrusted-host']);
    expect([...services.requests, ...home.registries.dev.log.requests()]).to.deep.equal([]);
  });

  it('is refused outside of a pipeline before anybody is asked; a dry run asks no service', async () => {
    await open();
    const {exitCode, error} = await home.promote('fast-feedback', {});
    expect([exitCode, error?.code]).to.deep.equal([2, 'no-identity-token']);
    const dry = await home.promote('fast-feedback', asPipeline(), '--dry-run');
    expect([dry.exitCode, dry.record, services.requests]).to.deep.equal([0, 'would-write', []]);
  });

  it('leaves no tag without its record, where a service refuses or the trust root is of another instance', async () => {
    await open();
    for (const path of ['/api/v2/signingCert', '/api/v1/log/entries']) {
      services.faults.set(path, 403);
      const {exitCode, failure} = await home.promote('fast-feedback', asPipeline());
      expect([exitCode, failure?.code, await home.tagAt('dev', 'extended-test')], path).to.deep.equal([
        1,
        'signing-failed',
        undefined,
      ]);
      services.faults.clear();
    }
    expect((await home.promote('fast-feedback', asPipeline())).exitCode).to.equal(0);
  });

  it('takes the entry that the log has already, where its answer was lost, and no other', async () => {
    await open();
    services.loses = true;
    const first = await home.promote('fast-feedback', asPipeline());
    expect([first.exitCode, first.record], JSON.stringify(first.failure)).to.deep.equal([0, 'written']);
    const [, , again, entry] = services.requests;
    expect(again).to.equal('/api/v1/log/entries');
    expect(entry).to.match(/^\/api\/v1\/log\/entries\/[0-9a-f]{64}$/);
    services.confuses = true;
    const {exitCode, failure} = await home.promote('extended-test', asPipeline());
    expect([exitCode, failure?.code]).to.deep.equal([1, 'signing-failed']);
    expect(await home.tagAt('eu', 'prod')).to.equal(undefined);
  });

  it('leaves none where its own trust root does not verify what the services made', async () => {
    const other = await sigstoreServices();
    await open((from) => {
      const [own, foreign] = [from, other].map((one) => JSON.parse(one.trustedRoot()) as Root);
      return JSON.stringify({
        ...own,
        tlogs: own!.tlogs.map((log, i) => ({...foreign!.tlogs[i], baseUrl: log.baseUrl})),
      });
    });
    await other.close();
    const {exitCode, failure} = await home.promote('fast-feedback', asPipeline());
    expect([exitCode, failure?.code, await home.tagAt('dev', 'extended-test')]).to.deep.equal([
      1,
      'signing-failed',
      undefined,
    ]);
    expect(failure?.message).to.contain('p2p.trust.root does not verify it');
  });
});

interface Root {
  readonly tlogs: readonly {readonly baseUrl: string}[];
}
