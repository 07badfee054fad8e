import {expect} from 'chai';
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';
import {CanaryRun, findingsIn} from '../support/canary-run.ts';
import {expectNothingPrinted, expectNothingWritten, plant} from '../support/canary.ts';
import {runCli} from '../support/cli.ts';
import {startTestRegistry} from '../support/registry.ts';

describe('the look-out for secrets that stands behind every test', () => {
  const password = 'canary-of-the-look-out';

  it('finds one that was printed, also in base64', () => {
    plant(password);
    for (const text of [`a ${password} b`, Buffer.from(password).toString('base64')])
      expect(() => {
        expectNothingPrinted('stdout', text);
      }).to.throw('a secret is in stdout');
  });

  it('finds one that corectl was given by its environment', async () => {
    const token = 'canary-of-the-environment';
    await runCli(['--version'], {env: {CORECTL_GITHUB_TOKEN: token}});
    expect(() => {
      expectNothingPrinted('stdout', token);
    }).to.throw('a secret is in stdout');
  });

  it('finds one that was written', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'corectl-canary-'));
    writeFileSync(path.join(folder, 'file'), `token: ${password}`);
    expect(() => {
      expectNothingWritten(folder);
    }).to.throw('a secret is in the file');
    rmSync(folder, {recursive: true, force: true});
  });

  it('goes on where other processes remove what it looks at', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'corectl-canary-'));
    const busy = `const {mkdirSync, rmSync, writeFileSync} = require('node:fs');
      process.stdout.write('started');
      for (;;) {
        mkdirSync('clone/objects', {recursive: true});
        for (const name of ['a', 'b', 'c']) writeFileSync('clone/objects/' + name, name);
        rmSync('clone', {recursive: true, force: true});
      }`;
    const child = spawn(process.execPath, ['-e', busy], {cwd: folder});
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      for (let look = 0; look < 2000; look += 1) expectNothingWritten(folder);
    } finally {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    plant(password);
    mkdirSync(path.join(folder, 'further', 'below'), {recursive: true});
    writeFileSync(path.join(folder, 'further', 'below', 'file'), password);
    expect(() => {
      expectNothingWritten(folder);
    }).to.throw('a secret is in the file');
    rmSync(folder, {recursive: true, force: true});
  });

  it('finds one that was sent to another host than its own', async () => {
    const own = await startTestRegistry({auth: {kind: 'basic', users: [{name: 'me', password}]}});
    const other = await startTestRegistry();
    const authorization = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
    for (const {url} of [own, other]) await fetch(`${url}/v2/`, {headers: {authorization}});
    await own.close();
    const failure: unknown = await other.close().catch((error: unknown) => error);
    expect(String(failure)).to.include('was sent a secret of another host');
  });
});

describe('the look-out for secrets at the end of a run of all tests', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'corectl-canary-'));
  });
  afterEach(() => {
    rmSync(folder, {recursive: true, force: true});
  });

  it('finds what another process planted, in each of its forms and not at its own host', () => {
    const secret = 'planted+by another/file';
    const [one, other] = [new CanaryRun(folder), new CanaryRun(folder)];
    other.see('stdout', `Basic ${Buffer.from(secret).toString('base64')}`);
    other.see('an address', `https://example.com/?token=${encodeURIComponent(secret)}&x`);
    other.see('a request to own:1', secret, 'own:1');
    other.see('a request to foreign:2', `x ${secret}`, 'foreign:2');
    other.see('another word', `${secret}-of-ours`);
    other.see('a part', secret.slice(1));
    one.plant(secret, ['own:1']);
    for (const run of [one, other]) run.flush();
    const {secrets, found} = findingsIn(folder);
    expect(secrets).to.equal(1);
    expect(found).to.deep.equal([
      'a secret (plante…) is in stdout',
      'a secret (plante…) is in an address',
      'a secret (plante…) is in a request to foreign:2',
    ]);
  });

  it('fails the run, with several files at once too', async function () {
    this.timeout(180_000);
    const support = (name: string) => JSON.stringify(path.join(root, 'test/support', name));
    const file = (name: string, line: string) => {
      const content = `import {expectNothingPrinted, plant} from ${support('canary.ts')};\nit(${JSON.stringify(name)}, () => { ${line} });\n`;
      writeFileSync(path.join(folder, `${name}.test.mts`), content);
    };
    file('plants', "plant('a-secret-of-one-file', 'own:1');");
    file('prints', "expectNothingPrinted('stdout of the other', 'it is a-secret-of-one-file');");
    const words = ['--no-config', '--import=tsx', '--parallel', '--jobs', '2'];
    const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
    const summary = path.join(root, 'test/support/real-tools-summary.ts');
    const {exitCode, stdout} = await execa(
      process.execPath,
      [mocha, ...words, '--require', summary, path.join(folder, '*.test.mts')],
      {cwd: root, reject: false, timeout: 170_000},
    );
    expect(stdout).to.contain('2 passed').and.contain('a secret (a-secr…) is in stdout of the other');
    expect(exitCode).to.not.equal(0);
  });
});
