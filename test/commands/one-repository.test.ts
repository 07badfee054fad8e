import {expect} from 'chai';
import {spawn} from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {openEnvironments} from '../../src/lib/environments/open.ts';
import {inHome} from '../../src/lib/environments/home-error.ts';
import {writeFile} from 'node:fs/promises';
import {isolated, runCli, startCli} from '../support/cli.ts';
import {sampleRepository} from '../support/environments-repository.ts';
import {readableCopy} from '../support/nobody.ts';
import {commit, git, remove, temporaryFolder, writeFiles, type Files} from '../support/git.ts';
import {initialisedHome} from '../support/initialised-home.ts';

/** A repository whose files all say which commit they are of. */
const marked = (mark: string): Files => ({
  ...sampleRepository,
  'environments/gcp-dev/config.yaml': (sampleRepository['environments/gcp-dev/config.yaml'] ?? '').replace(
    'tier: dev',
    `tier: ${mark}`,
  ),
  'tenants/tenants/legacy.yaml': `name: legacy\nowner: ${mark}\nenvironments: [gcp-dev]\n`,
});

describe('one repository at a time', function () {
  this.timeout(0); // many processes, each of them bounded

  let work: string;
  let home: string;
  let repository: string;
  let head: string;
  beforeEach(async () => {
    ({work, home, repository, head} = await initialisedHome(marked('one')));
  });
  afterEach(() => {
    remove(work);
  });

  const inside = (...parts: string[]) => path.join(home, 'corectl', ...parts);
  const corectl = (...args: string[]) => runCli(args, {home});
  /** Nothing but the home's own clone and its settings. */
  const expectWhole = () => {
    expect(readdirSync(inside()).sort()).to.deep.equal(['clones', 'corectl.yaml', 'repositories']);
    expect(readdirSync(inside('repositories'))).to.deep.equal(['cplatform']);
    expect(readdirSync(inside('clones'))).to.have.length(1);
    expect(readFileSync(inside('corectl.yaml'), 'utf8')).to.equal(
      `repositories:\n  cplatform: ${repository}\n`,
    );
  };

  it('the clone is a link to a folder of its own, and an update leaves no other one', async () => {
    const newer = commit(repository, {'README.md': 'newer'});
    expect((await corectl('update')).code).to.equal(0);
    expect(lstatSync(inside('repositories/cplatform')).isSymbolicLink()).to.equal(true);
    expect(git(inside('repositories/cplatform'), 'rev-parse', 'HEAD')).to.equal(newer);
    expectWhole();
  });

  it('a home of an earlier version, with a folder in the link’s place, is taken over', async () => {
    const [name = ''] = readdirSync(inside('clones'));
    remove(inside('repositories/cplatform'));
    renameSync(inside('clones', name), inside('repositories/cplatform'));
    expect((await corectl('tenant', 'list')).code).to.equal(0);
    expect((await corectl('update')).stdout).to.equal(`up to date at ${head.slice(0, 12)}\n`);
    expectWhole();
  });

  it('what killed processes left is removed by the next run, whose lock they hold no longer', async () => {
    writeFiles(inside(), {
      'repositories/.cplatform-x1/corectl.yaml': '',
      'clones/clone-dead/.git/HEAD': 'x',
      'corectl.yaml.0123456789ab': '',
    });
    mkdirSync(inside('repositories/cplatform.lock'));
    const longAgo = new Date(Date.now() - 3_600_000);
    utimesSync(inside('repositories/cplatform.lock'), longAgo, longAgo);
    const {code, stderr} = await corectl('update');
    expect(code, stderr).to.equal(0);
    expectWhole();
  });

  it('a process that was killed between the clone and its settings had both decided', async () => {
    const settings = `repositories:\n  cplatform: ${repository}\nref: main\n`;
    writeFileSync(inside('repositories/cplatform/.git/corectl-settings.yaml'), settings);
    expect((await openEnvironments(inside())).ref).to.equal('main');
    expect((await corectl('update')).code).to.equal(0);
    expect(readFileSync(inside('corectl.yaml'), 'utf8')).to.equal(settings);
  });

  it('a second process says that it waits, and can be interrupted', async () => {
    mkdirSync(inside('repositories/cplatform.lock'));
    const {child, result} = startCli(['update'], {home});
    child.stderr.on('data', (text: Buffer) => {
      if (text.toString().includes('waiting for it')) child.kill('SIGINT');
    });
    const {code, stderr} = await result;
    expect(stderr).to.contain('another corectl changes');
    expect(code).to.equal(130);
  });

  it('what the user has in the settings besides stays', async () => {
    writeFileSync(
      inside('corectl.yaml'),
      `repositories: {cplatform: ${repository}}\ntrusted-hosts: [r.example.com]\n`,
    );
    for (const args of [['update'], ['init', '-e', repository], ['init', '-e', repository, '--force']]) {
      expect((await corectl(...args)).code).to.equal(0);
      expect(readFileSync(inside('corectl.yaml'), 'utf8')).to.contain('trusted-hosts:\n  - r.example.com\n');
    }
  });

  it('what is read is of one commit while the clone is replaced all the time', async () => {
    const [one = ''] = readdirSync(inside('clones'));
    git(work, 'clone', '--quiet', repository, inside('clones', 'other'));
    writeFiles(inside('clones', 'other'), marked('two'));
    const swap = `const {symlinkSync, renameSync} = require('node:fs');
      let turn = 0;
      setInterval(() => {
        turn += 1;
        symlinkSync('../clones/' + (turn % 2 ? 'other' : '${one}'), 'link');
        renameSync('link', 'cplatform');
      }, 5);
      process.stdout.write('started');`;
    const child = spawn(process.execPath, ['-e', swap], {cwd: inside('repositories')});
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const seen = new Set<string>();
      for (let round = 0; round < 60; round += 1) {
        const opened = await openEnvironments(inside()).catch((error: unknown) => String(error));
        if (typeof opened === 'string') expect(opened).to.contain('was replaced again and again');
        else {
          const {environments, tenants} = opened.model;
          seen.add(`${environments.get('gcp-dev')?.tier} ${tenants.get('legacy')?.owner}`);
        }
      }
      expect([...seen].filter((pair) => !['one one', 'two two'].includes(pair))).to.deep.equal([]);
    } finally {
      child.kill();
    }
  });

  it('what is read is whole while the clone that is read goes away', async () => {
    const before = (await openEnvironments(inside())).model;
    const replace = `const {cpSync, readdirSync, renameSync, rmSync, symlinkSync} = require('node:fs');
      let last = readdirSync('../clones')[0];
      process.stdout.write('started');
      for (let turn = 0; ; turn += 1) {
        cpSync('../clones/' + last, '../clones/turn' + turn, {recursive: true});
        symlinkSync('../clones/turn' + turn, 'link');
        renameSync('link', 'cplatform');
        rmSync('../clones/' + last, {recursive: true});
        last = 'turn' + turn;
      }`;
    const child = spawn(process.execPath, ['-e', replace], {cwd: inside('repositories')});
    const ended = new Promise((resolve) => child.once('close', resolve));
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      for (let round = 0; round < 200; round += 1) {
        const opened = await openEnvironments(inside()).catch((error: unknown) => String(error));
        if (typeof opened === 'string') expect(opened).to.contain('was replaced again and again');
        else expect(opened.model.names).to.deep.equal(before.names);
      }
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });

  // the machine is busy for a minute with twenty: CORECTL_SLOW_TESTS=1
  const rounds = process.env.CORECTL_SLOW_TESTS ? 20 : 2;
  it(`init, update and promote in eight processes leave a whole home, ${rounds} times`, async () => {
    const onwards = ['app:1', '--tenant', 'payments', '--from-stage', 'fast-feedback'];
    const offline = ['p2p', 'promote', ...onwards, '--dry-run', '--offline'];
    const commands = [
      ['init', '-e', repository],
      ['update'],
      offline,
      ['init', '-e', repository, '--force'],
      ['update'],
      offline,
      ['init', '-e', repository, '--ref', 'main', '--force'],
      ['tenant', 'list'],
    ];
    const honest = ['not-initialised', 'home-busy', 'there is no environments repository yet'];
    for (let round = 0; round < rounds; round += 1) {
      // every other round begins without a home
      if (round % 2 === 0) remove(inside());
      commit(repository, marked(`round${round}`));
      const results = await Promise.all(commands.map((args) => corectl(...args)));
      for (const [index, {code, stderr}] of results.entries()) {
        const what = `round ${round}, ${commands[index]?.join(' ') ?? ''}: ${stderr}`;
        expect(stderr, what).not.to.contain('bug in corectl');
        if (code !== 0) {
          expect(code, what).to.equal(2);
          expect(
            honest.some((one) => stderr.includes(one)),
            what,
          ).to.equal(true);
        }
      }
      expect(readdirSync(inside('repositories'))).to.deep.equal(['cplatform']);
      expect(readdirSync(inside('clones'))).to.have.length(1);
      const {model} = await openEnvironments(inside());
      expect(model.tenants.get('legacy')?.owner).to.equal(model.environments.get('gcp-dev')?.tier);
      expect(git(inside('repositories/cplatform'), 'status', '--porcelain')).to.equal('');
    }
  });
});

describe('a home that cannot be used', function () {
  this.timeout(0);

  let work: string;
  let readable: string;
  let repository: string;
  beforeEach(() => {
    work = temporaryFolder();
    readable = temporaryFolder();
    repository = path.join(work, 'repository');
    commit(repository, sampleRepository);
  });
  afterEach(() => {
    remove(work);
    remove(readable);
  });

  const told = async (args: readonly string[], corectlHome: string) => {
    const {code, stderr} = await runCli(args, {home: work, env: {CORECTL_HOME: corectlHome}});
    expect(code, stderr).to.equal(2);
    expect(stderr).not.to.contain('bug');
    return stderr;
  };

  it('is told with its path: below a file, and where nothing can be made', async () => {
    writeFileSync(path.join(work, 'file'), '');
    const below = path.join(work, 'file', 'home');
    for (const args of [['init', '-e', repository], ['update'], ['tenant', 'list']])
      expect(await told(args, below)).to.contain(below);
    expect(await told(['init', '-e', repository], '/proc/corectl')).to.contain('/proc/corectl');
  });

  it('is told with its path where it may not be read or written', async function () {
    const home = path.join(work, 'corectl');
    await runCli(['init', '-e', repository], {home: work});
    // root may do everything
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    if (uid === undefined) return this.skip();
    const entry = readableCopy(readable);
    const asAnother = (args: readonly string[]) =>
      new Promise<{code: number | null; stderr: string}>((resolve) => {
        const child = spawn(process.execPath, [entry, ...args], {
          env: {...isolated(work), CORECTL_HOME: home},
          cwd: '/',
          uid,
        });
        let stderr = '';
        child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        child.on('close', (code) => {
          resolve({code, stderr});
        });
      });
    for (const args of [['init', '-e', '/'], ['update'], ['tenant', 'list'], ['p2p', 'stages']]) {
      const {code, stderr} = await asAnother(args);
      expect(code, `${args.join(' ')}: ${stderr}`).to.equal(2);
      expect(stderr).to.contain(home).and.not.to.contain('bug');
    }
  });

  it('is told where the disk is full', async function () {
    if (process.platform !== 'linux') return this.skip();
    const error: unknown = await inHome('/home/x', () => writeFile('/dev/full', 'text')).catch(
      (one: unknown) => one,
    );
    expect(String(error)).to.contain('/home/x').and.to.contain('no space is left on the disk (ENOSPC)');
    expect(error).to.have.property('exitCode', 2);
  });
});
