import {expect} from 'chai';
import {once} from 'node:events';
import {closeSync, existsSync, mkdtempSync, openSync, rmSync} from 'node:fs';
import {spawn} from 'node:child_process';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {isolated, packageFolder, runCli, startCli} from '../support/cli.ts';

const run = (words: string) => runCli(words === '' ? [] : words.split(' '));

describe('what people type first', () => {
  for (const [typed, same] of [
    ['help', '--help'],
    ['help p2p promote', 'p2p promote --help'],
    ['help p2p', 'p2p --help'],
    ['p2p', 'p2p --help'],
    ['version', '--version'],
  ] as const) {
    it(`${typed} answers as ${same} does`, async () => {
      const [one, other] = await Promise.all([run(typed), run(same)]);
      expect(one).to.deep.equal(other);
      expect(one.code).to.equal(0);
    });
  }

  for (const [typed, wrong, meant] of [
    ['p2p promot app:1 --tenant x', 'p2p promot', 'corectl p2p promote'],
    ['tenat list', 'tenat', 'corectl tenant list'],
    ['promote app:1', 'promote', 'corectl p2p promote'],
    ['help evn', 'evn', 'corectl env'],
  ] as const) {
    it(`${typed} is told what may be meant`, async () => {
      const {code, stderr, stdout} = await run(typed);
      expect(stderr).to.contain(`there is no command ${wrong}\n`).and.to.contain(`did you mean ${meant}?`);
      expect({code, stdout}).to.deep.equal({code: 2, stdout: ''});
    });
  }

  for (const [typed, command] of [
    ['init https://me:pa55word@example.com/environments', 'init'],
    ['p2p stages payments', 'p2p stages'],
    ['manifest check images.yaml --verbose', 'manifest check'],
    ['update now --json', 'update'],
  ] as const) {
    it(`${command} is not called unknown for an argument that it does not take, which is not shown`, async () => {
      const {code, stdout, stderr} = await run(typed);
      expect(stderr).to.contain(
        `error[usage]: corectl ${command} takes no argument, only flags, and found one\n`,
      );
      expect(stderr).to.contain(`corectl ${command} --help shows its flags`);
      expect(stdout + stderr).not.to.match(/no command|did you mean|pa55word/);
      expect(code).to.equal(2);
    });
  }

  for (const typed of ['--version --json', '-v --json', 'version --json']) {
    it(`${typed} is told that there is no document of the version`, async () => {
      const {code, stdout, stderr} = await run(typed);
      expect(stderr).to.equal(
        'error[usage]: the version is a line of text, and has no --json\n  → corectl --version\n',
      );
      expect(JSON.parse(stdout)).to.deep.include({ok: false, exitCode: 2});
      expect(code).to.equal(2);
    });
  }

  it('init without -e is told how it is written', async () => {
    expect((await run('init .')).stderr).to.contain('corectl init --environments-repo URL|PATH\n');
  });

  it('a wrong flag is told without a word to developers, whatever NODE_ENV says', async () => {
    const words = ['p2p', 'promote', 'a:1', '--concurrency', 'many'];
    const told = await runCli(words);
    expect(told.stderr).to.match(/^error\[usage\]: .*\n.*\n$/);
    for (const NODE_ENV of ['test', 'development'])
      expect(await runCli(words, {env: {NODE_ENV}})).to.deep.equal(told);
  });

  it('an unknown command with --json is one document', async () => {
    const {code, stdout} = await run('nope --json');
    const {ok, exitCode, error} = JSON.parse(stdout) as {
      ok: boolean;
      exitCode: number;
      error: {code: string};
    };
    expect({code, ok, exitCode, error: error.code}).to.deep.equal({
      code: 2,
      ok: false,
      exitCode: 2,
      error: 'unknown-command',
    });
  });

  it('a mistyped flag is told what may be meant', async () => {
    const {code, stderr} = await run('p2p promote app:1 --tenat payments');
    expect(code).to.equal(2);
    expect(stderr).to.contain('did you mean --tenant?');
  });

  for (const value of ['0', 'abc', '1.5', '65']) {
    it(`--concurrency ${value} is a mistake of usage`, async () => {
      const {code, stderr} = await run(`p2p promote app:1 --concurrency ${value}`);
      expect(code).to.equal(2);
      expect(stderr)
        .to.match(/--concurrency: expected an integer .*received: /)
        .and.not.to.contain('bug');
    });
  }
});

describe('what becomes of the output', () => {
  let home: string;
  beforeEach(() => (home = mkdtempSync(path.join(tmpdir(), 'corectl-output-'))));
  afterEach(() => {
    rmSync(home, {recursive: true});
  });

  it('ends quietly when its reader goes away', async () => {
    const {child, result} = startCli(['p2p', 'promote', '--help'], {home});
    child.stdout.destroy();
    const [code] = (await once(child, 'exit')) as [number];
    expect({code, stderr: (await result).stderr}).to.deep.equal({code: 0, stderr: ''});
  });

  const full = existsSync('/dev/full') ? it : it.skip;
  for (const [flag, told] of [
    ['--help', /^error\[output\]: cannot write to stdout: no space is left \(ENOSPC\)\n {2}→ [^\n]+\n$/],
    ['--version', /^error\[output\]: cannot write to stdout: ENOSPC[^\n]+\n$/],
  ] as const) {
    full(`fails and says so in a line when the disk is full: ${flag}`, async () => {
      const device = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [path.join(packageFolder, 'bin/run.js'), flag], {
        env: isolated(home),
        stdio: ['ignore', device, 'pipe'],
      });
      closeSync(device);
      let stderr = '';
      child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number];
      expect(code).to.equal(1);
      expect(stderr).to.match(told);
    });
  }
});

describe('in a folder that was removed', () => {
  for (const words of ['init -e .', 'update']) {
    it(`${words} says so, and is no bug`, async () => {
      const home = mkdtempSync(path.join(tmpdir(), 'corectl-gone-'));
      const gone = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
      const program = [process.execPath, path.join(packageFolder, 'bin/run.js'), ...words.split(' ')];
      const child = spawn('sh', ['-c', gone, 'sh', ...program], {cwd: home, env: isolated(home)});
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number];
      rmSync(home, {recursive: true});
      expect(stderr).to.match(
        /^error\[file-system\]: the folder that corectl was started in .*\n {2}→ go to [^\n]+\n$/,
      );
      expect(code).to.equal(2);
    });
  }
});
