import {expect} from 'chai';
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {account, googleCloudsOfTest, toProd, type GoogleClouds} from '../support/google-clouds.ts';

const check = ['auth', 'check', '-t', 'payments', '-e', 'dev', '--json'];

describe('on an engineer’s machine, gcloud', () => {
  const start = googleCloudsOfTest();

  /** A machine with a gcloud, and a login of it. */
  const machine = ({home}: GoogleClouds, script: string): Record<string, string> => {
    const folder = path.join(home.folder, 'bin');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'gcloud'), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(folder, 'gcloud'), 0o755);
    writeFileSync(path.join(home.folder, 'credentials.db'), '');
    return {PATH: `${folder}:${process.env.PATH ?? ''}`, CLOUDSDK_CONFIG: home.folder};
  };

  it('supplies the token, once for all that the environment is asked', async () => {
    const clouds = await start();
    const {token} = clouds.tokens.mint.issue('login', account('dev'), 3600);
    const calls = path.join(clouds.home.folder, 'calls');
    const env = machine(clouds, `echo "$@" >> ${calls}\necho ${token}`);
    const {code, stdout, stderr} = await clouds.home.run(check, env);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain('"source": "gcloud auth print-access-token"').and.not.contain(token);
    expect(readFileSync(calls, 'utf8')).to.equal('auth print-access-token --quiet\n');
  });

  it('is the reason for exit code 5 when it fails', async () => {
    const clouds = await start();
    const env = machine(clouds, 'echo "You do not currently have an active account selected." >&2; exit 1');
    const result = await clouds.home.run(toProd, env);
    expect(result.code).to.equal(5);
    expect(result.stdout).to.contain('"code": "cloud-command"').and.contain('active account selected');
    expect(result.stderr).to.contain('gcloud auth login');
  });

  // tells whom it connects to, on stderr
  const telling = `import net from 'node:net';
import {writeSync} from 'node:fs';
const {connect} = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  writeSync(2, 'connects to ' + [args[0]].flat()[0].host + '\\n');
  return connect.apply(this, args);
};`;

  it('is done without where it is not installed: nobody waits, and the error says how to log in', async () => {
    const clouds = await start();
    // node itself must still be found
    const result = await clouds.home.run(check, {
      PATH: path.dirname(process.execPath),
      HOME: clouds.home.folder,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(telling)}`,
    });
    expect(result.code).to.equal(5);
    expect(result.stdout).to.contain('gcloud auth application-default login').and.contain('anonymous');
    // a metadata server that is none would be waited for
    const asked = [...result.stderr.matchAll(/^connects to (.*)$/gm)].map(([, host]) => host);
    expect(new Set(asked)).to.deep.equal(new Set(['127.0.0.1']));
  });
});

describe('on a machine of Google’s, the metadata server', () => {
  const start = googleCloudsOfTest();
  const metadata = ({tokens}: GoogleClouds) => ({GCE_METADATA_HOST: new URL(tokens.url).host});

  it('makes corectl the machine’s service account', async () => {
    const clouds = await start();
    const {code, stdout, stderr} = await clouds.home.run(check, metadata(clouds));
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain(account('dev')).and.contain("the machine's service account (metadata server)");
  });

  it('may say of its token that it lives for ever', async () => {
    const clouds = await start({lifetime: 1e15});
    const {code, stdout, stderr} = await clouds.home.run(check, metadata(clouds));
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.contain('"expires": null');
  });

  it('comes after credential files', async () => {
    const clouds = await start();
    const file = path.join(clouds.home.folder, 'broken.json');
    writeFileSync(file, '{}');
    const env = {...metadata(clouds), GOOGLE_APPLICATION_CREDENTIALS: file};
    const {code, stdout} = await clouds.home.run(check, env);
    expect(code).to.equal(5);
    expect(stdout).to.contain('unsupported-credential-file');
    expect(clouds.tokens.mint.logins()).to.equal(0);
  });

  it('that cannot be reached is told so, soon', async () => {
    const clouds = await start();
    const {host} = new URL(clouds.tokens.url);
    await clouds.tokens.close();
    const {code, stdout} = await clouds.home.run(check, {GCE_METADATA_HOST: host});
    expect(code).to.equal(5);
    expect(stdout).to.contain('"code": "token-service-unreachable"').and.contain('metadata server');
  });

  it('is not asked where METADATA_SERVER_DETECTION is none', async () => {
    const clouds = await start();
    const {stdout} = await clouds.home.run(check, {...metadata(clouds), METADATA_SERVER_DETECTION: 'none'});
    expect(stdout).to.contain('anonymous');
    expect(clouds.tokens.log.requests()).to.deep.equal([]);
  });
});
