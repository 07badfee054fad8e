import {expect} from 'chai';
import {chmodSync, mkdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import type {CliResult} from '../support/cli.ts';
import {asNobodyRun, readableCopy, whyNotNobody} from '../support/nobody.ts';
import {remove, temporaryFolder} from '../support/git.ts';

const manifest = JSON.parse(readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8')) as {
  commands: Record<string, unknown>;
};
const commands = Object.keys(manifest.commands)
  .filter((id) => id !== 'sandbox') // stays until Ctrl-C; its tour is taken below
  .map((id) => id.split(':'));

// what each of them cannot do without
const needed: Readonly<Record<string, readonly string[]>> = {
  'auth check': ['--tenant', 'payments'],
  init: ['-e', '/'],
  'p2p promote': ['app:1', '--tenant', 'payments', '--from-stage', 'fast-feedback'],
};

const describeAsNobody = whyNotNobody === undefined ? describe : describe.skip;
const skipped = whyNotNobody === undefined ? '' : `: skipped, ${whyNotNobody}`;

describeAsNobody(`as a user without an entry in passwd and without HOME${skipped}`, function () {
  this.timeout(240_000);
  let folder: string;
  let entry: string;
  before(() => {
    folder = temporaryFolder();
    entry = readableCopy(folder);
  });
  after(() => {
    remove(folder);
  });

  const corectl = (args: readonly string[], options?: Parameters<typeof asNobodyRun>[1]) =>
    asNobodyRun([process.execPath, entry, ...args], options);

  const toldPlainly = ({code, stdout, stderr}: CliResult, command: string) => {
    const shown = `${command}: ${stdout}${stderr}`;
    expect(code, shown).to.be.oneOf([0, 2]);
    expect(shown).to.not.match(/\bbug\b|^\s+at /m);
    return stderr;
  };

  it('every command works, or says what is missing', async () => {
    const runs = commands.map(async (words) => {
      const command = words.join(' ');
      toldPlainly(await corectl([...words, ...(needed[command] ?? [])]), command);
    });
    await Promise.all([...runs, corectl(['--help']).then((result) => toldPlainly(result, '--help'))]);
  });

  it('a home that this user may not read is told with its path', async () => {
    const closed = path.join(folder, 'closed');
    mkdirSync(closed, {mode: 0o700});
    chmodSync(closed, 0o700);
    const reading = ['env list', 'tenant list', 'p2p stages', 'update', 'auth check', 'p2p promote', 'init'];
    const runs = reading.map(async (command) => {
      const args = [...command.split(' '), ...(needed[command] ?? [])];
      const result = await corectl(args, {env: {CORECTL_HOME: closed}});
      expect(result.code, command).to.equal(2);
      expect(toldPlainly(result, command), command).to.contain(closed);
    });
    await Promise.all(runs);
  });

  it('takes the tour where the root is read-only and CORECTL_HOME alone can be written', async () => {
    const home = path.join(folder, 'home');
    mkdirSync(home);
    const {code, stdout, stderr} = await corectl(['sandbox', '--run'], {
      writable: home,
      env: {CORECTL_HOME: home},
    });
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain(`${home}/corectl-sandbox-`);
    expect(stdout).to.match(/\nVerified: /);
  });

  it('says which folder it could not write where nothing can be written', async () => {
    const writable = path.join(folder, 'elsewhere');
    mkdirSync(writable);
    const result = await corectl(['sandbox', '--run'], {writable});
    expect(toldPlainly(result, 'sandbox')).to.match(/cannot mkdtemp \/tmp\/.*read-only \(EROFS\)/);
    expect(result.code).to.equal(2);
  });
});
