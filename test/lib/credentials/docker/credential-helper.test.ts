import {expect} from 'chai';
import {chmod, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {dockerLogins} from '../../../../src/lib/credentials/docker/logins.ts';
import type {CorectlError} from '../../../../src/lib/errors.ts';

const found = (name: string, secret: string) =>
  `process.stdout.write(JSON.stringify({ServerURL: 'x', Username: '${name}', Secret: '${secret}'}))`;

describe('a credential helper', () => {
  let folder: string;
  let bin: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'corectl-helper-'));
    bin = path.join(folder, 'bin');
    await mkdir(bin);
  });
  afterEach(() => rm(folder, {recursive: true}));

  /** A program on the PATH that notes what it is asked before it runs the script. */
  const install = async (name: string, script: string, where = bin) => {
    const file = path.join(where, `docker-credential-${name}`);
    const note = `const input = require('node:fs').readFileSync(0, 'utf8');
      require('node:fs').appendFileSync('${folder}/asked', process.argv.slice(2) + ' ' + input.trim() + '\\n');`;
    await writeFile(file, `#!${process.execPath}\n${note}\n${script}\n`);
    await chmod(file, 0o755);
  };
  const asked = async () =>
    (await readFile(path.join(folder, 'asked'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
  const logins = async (config: object, {searchPath = bin, helperTimeoutMs = 20_000} = {}) => {
    const file = path.join(folder, 'config.json');
    await writeFile(file, JSON.stringify(config));
    return dockerLogins(file, {env: {PATH: searchPath}, helperTimeoutMs});
  };
  const wanted = {host: 'r.io', path: 'p/app', plainHttp: false};
  const failure = async (config: object, options = {}) => {
    const reading = (await logins(config, options)).find(wanted);
    const error = (await reading.catch((error: unknown) => error)) as CorectlError;
    expect(error).to.include({code: 'credential-helper', exitCode: 5});
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).to.not.contain('canary');
    expect(error.cause).to.equal(undefined);
    return error;
  };

  it('is asked for the host on stdin', async () => {
    await install('ok', found('u', 'p'));
    const login = await (await logins({credsStore: 'ok'})).find(wanted);
    expect(login).to.deep.equal({
      credential: {kind: 'basic', username: 'u', password: 'p'},
      origin: 'docker-credential-ok',
    });
    expect(await asked()).to.deep.equal(['get r.io']);
  });

  it("is asked for Docker Hub by docker's own key", async () => {
    await install('ok', found('u', 'p'));
    await (await logins({credHelpers: {'docker.io': 'ok'}})).find({...wanted, host: 'index.docker.io'});
    expect(await asked()).to.deep.equal(['get https://index.docker.io/v1/']);
  });

  it('supplies an identity token under the name <token>', async () => {
    await install('ok', found('<token>', 'refresh'));
    const login = await (await logins({credsStore: 'ok'})).find(wanted);
    expect(login?.credential).to.deep.equal({kind: 'identity-token', token: 'refresh'});
  });

  it('may not know the host', async () => {
    await install('none', "console.log('credentials not found in native keychain'); process.exitCode = 1");
    expect(await (await logins({credsStore: 'none'})).find(wanted)).to.equal(undefined);
  });

  it("leaves it to the file's own entry when it does not know the host", async () => {
    await install('none', "console.log('credentials not found in native keychain'); process.exitCode = 1");
    const config = {credsStore: 'none', auths: {'r.io': {username: 'u', password: 'p'}}};
    expect((await (await logins(config)).find(wanted))?.credential).to.include({username: 'u'});
  });

  describe('among several sources', () => {
    const auths = (key: string) => ({[key]: {username: 'entry', password: 'p'}});
    const rows: [string, object, string][] = [
      ['the helper of the host before the store', {credHelpers: {'r.io': 'one'}, credsStore: 'two'}, 'one'],
      [
        'the store where the helper is for another host',
        {credHelpers: {'q.io': 'one'}, credsStore: 'two'},
        'two',
      ],
      [
        'the helper of the host before entries',
        {credHelpers: {'r.io': 'one'}, auths: auths('r.io/p')},
        'one',
      ],
      ["a path's entry before the store", {credsStore: 'two', auths: auths('r.io/p')}, 'entry'],
      ["the store before the host's entry", {credsStore: 'two', auths: auths('r.io')}, 'two'],
      [
        'the entry where the helper is empty',
        {credHelpers: {'r.io': ''}, credsStore: 'two', auths: auths('r.io')},
        'entry',
      ],
      ['the helper by the URL of the host', {credHelpers: {'https://r.io': 'one'}}, 'one'],
    ];
    for (const [title, config, expected] of rows) {
      it(`${title} is taken`, async () => {
        await install('one', found('one', 'p'));
        await install('two', found('two', 'p'));
        expect((await (await logins(config)).find(wanted))?.credential).to.include({username: expected});
      });
    }
  });

  it('is asked once for all who want the login, and again for a renewal', async () => {
    await install('ok', found('u', 'p'));
    const shared = await logins({credsStore: 'ok'});
    await Promise.all([shared.find(wanted), shared.find(wanted), shared.find({...wanted, path: 'other'})]);
    await shared.find(wanted);
    expect(await asked()).to.have.length(1);
    await Promise.all([shared.find({...wanted, renew: true}), shared.find({...wanted, renew: true})]);
    expect(await asked()).to.have.length(2);
  });

  it('is not asked again after it failed, until a renewal', async () => {
    await install('bad', 'process.exitCode = 1');
    const shared = await logins({credsStore: 'bad'});
    await shared.find(wanted).catch(() => undefined);
    await shared.find(wanted).catch(() => undefined);
    expect(await asked()).to.have.length(1);
  });

  it('that fails is named with what it said on stderr, harmless to print, and nothing of its stdout', async () => {
    await install(
      'bad',
      "console.log('canary'); console.error('locked\\u001b[31m\\nkeychain'); process.exitCode = 1",
    );
    const {message} = await failure({credsStore: 'bad'});
    expect(message).to.equal('docker-credential-bad supplied no login: exit code 1: locked [31m keychain');
  });

  it('that prints no JSON is refused without showing it', async () => {
    await install('bad', "console.log('canary')");
    expect((await failure({credsStore: 'bad'})).message).to.contain('expected JSON');
  });

  it('that hangs is killed', async () => {
    await install('slow', 'setInterval(() => {}, 1000)');
    expect((await failure({credsStore: 'slow'}, {helperTimeoutMs: 300})).message).to.contain(
      'no answer in 0.3 s',
    );
  });

  it('whose child keeps its output open is not waited for', async () => {
    const file = path.join(bin, 'docker-credential-shell');
    await writeFile(file, '#!/bin/sh\nsleep 20\n');
    await chmod(file, 0o755);
    const started = process.hrtime.bigint();
    await failure({credsStore: 'shell'}, {helperTimeoutMs: 300, searchPath: `${bin}:/usr/bin:/bin`});
    expect(Number(process.hrtime.bigint() - started) / 1e9).to.be.lessThan(10);
  });

  it('that prints without end is stopped', async () => {
    await install(
      'loud',
      "const a = Buffer.alloc(1 << 20, 'canary'); for (let i = 0; i < 100; i += 1) require('node:fs').writeSync(1, a)",
    );
    expect((await failure({credsStore: 'loud'})).message).to.contain('more than 1048576 bytes');
  });

  it('that is missing is named', async () => {
    expect((await failure({credsStore: 'gone'})).message).to.match(/^docker-credential-gone .*PATH/);
  });

  for (const name of ['../bin/docker-credential-ok', 'a/b', '..', 'ok;touch x', '$(id)', 7, {}]) {
    it(`is refused by the name ${JSON.stringify(name)}`, async () => {
      await install('ok', found('u', 'p'));
      expect((await failure({credsStore: name})).message).to.contain('no helper name');
      expect(await asked()).to.deep.equal([]);
    });
  }

  it('is never taken from a folder relative to where corectl runs', async () => {
    await install('ok', found('u', 'p'));
    const relative = path.relative(process.cwd(), bin);
    for (const searchPath of [relative, `${relative}:`, `:${relative}`, '.']) {
      expect((await failure({credsStore: 'ok'}, {searchPath})).message).to.contain('no absolute folder');
    }
    expect(await asked()).to.deep.equal([]);
  });

  it('goes on for those who still wait when one gives up', async () => {
    await install('ok', found('u', 'p'));
    const shared = await logins({credHelpers: {'r.io': 'ok'}});
    await shared.find({...wanted, host: 'q.io'}); // the file is read: what is waited for from here on is the helper
    const controller = new AbortController();
    const impatient = shared.find({...wanted, signal: controller.signal});
    const patient = shared.find(wanted);
    controller.abort(new Error('given up'));
    expect(await impatient.catch((error: unknown) => (error as Error).message)).to.equal('given up');
    expect((await patient)?.credential).to.include({username: 'u'});
  });
});
