// --json: one document on stdout whatever goes wrong, with the code and the exit code. The helper that starts corectl looks at
// each document that any test prints.
import {expect} from 'chai';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:net';
import {once} from 'node:events';
import path from 'node:path';
import pLimit from 'p-limit';
import {packageFolder, reached, runCli, startCli, type CliOptions} from '../support/cli.ts';
import {remove, temporaryFolder} from '../support/git.ts';
import {promotionHome} from '../support/promotion-home.ts';

interface Document {
  readonly ok: boolean;
  readonly exitCode: number;
  readonly error: {readonly code: string; readonly message: string};
}

const failed = async (args: readonly string[], options: CliOptions = {}) => {
  const {code, stdout, stderr} = await runCli(args, options);
  const {ok, exitCode, error} = JSON.parse(stdout) as Document;
  expect([ok, exitCode], args.join(' ')).to.deep.equal([false, code]);
  expect(stderr).to.contain(`error[${error.code}]: `);
  return {exitCode, code: error.code, message: error.message};
};

/** Every command as it is typed; read before the tests are defined, so not asynchronously. */
function commands(): string[][] {
  const file = path.join(packageFolder, 'oclif.manifest.json');
  if (!existsSync(file)) return [];
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    commands: Record<string, {enableJsonFlag: boolean; args: Record<string, {required?: boolean}>}>;
  };
  const all = Object.entries(manifest.commands).filter(([, one]) => one.enableJsonFlag);
  return all.map(([id]) => id.split(':'));
}

describe('--json', function () {
  this.timeout(300_000);
  const atOnce = pLimit(3);
  const each = <T>(of: readonly T[], check: (one: T) => Promise<void>) =>
    Promise.all(of.map((one) => atOnce(() => check(one))));

  it('is one document for an unknown flag of every command', async () => {
    await each(commands(), async (command) => {
      const found = await failed([...command, '--json', '--no-such-flag']);
      expect(found).to.include({exitCode: 2, code: 'usage'});
      expect(found.message).to.contain('--no-such-flag');
    });
  });

  it('is one document for every command without anything else, where nothing is there', async () => {
    // it would stay
    const ending = commands().filter(([name]) => name !== 'sandbox');
    await each(ending, async (command) => {
      expect(await failed([...command, '--json'])).to.include({exitCode: 2});
    });
  });

  it('is one document for unknown commands, topics and nothing at all', async () => {
    const expected = 'unknown-command';
    await each(
      [
        ['--json'],
        ['p2p', '--json'],
        ['--json', 'p2p', 'stages'],
        ['p2p', 'stagse', '--json'],
        ['x', '--json'],
      ],
      async (args) => {
        expect(await failed(args)).to.include({exitCode: 2, code: expected});
      },
    );
    expect(await failed(['p2p', '--json'])).to.include({message: 'expected a command after p2p, found none'});
  });

  it('is one document for settings that cannot be read', async () => {
    const home = temporaryFolder();
    try {
      writeFileSync(path.join(home, 'file'), '');
      const none = {CORECTL_HOME: path.join(home, 'file')};
      expect(await failed(['p2p', 'stages', '--json'], {home, env: none})).to.include({exitCode: 2});
      mkdirSync(path.join(home, 'other'));
      writeFileSync(path.join(home, 'other', 'corectl.yaml'), '{{{');
      const env = {CORECTL_HOME: path.join(home, 'other')};
      expect(await failed(['p2p', 'stages', '--json'], {home, env})).to.include({exitCode: 2});
    } finally {
      remove(home);
    }
  });

  it('is one document for a bug, wherever it strikes', async () => {
    const bug = `process.on('newListener', (name) => {
      if (name === 'uncaughtException') setImmediate(() => { throw new Error('struck'); });
    });`;
    const env = {NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}`};
    const found = await failed(['p2p', 'stages', '--json'], {env});
    expect(found).to.deep.equal({exitCode: 1, code: 'internal', message: 'struck'});
  });

  describe('and Ctrl-C', () => {
    let silent: Server;
    before(async () => {
      silent = createServer(() => undefined).listen(0, '127.0.0.1');
      await once(silent, 'listening');
    });
    after(() => {
      silent.close();
    });

    it('is one document, however often it is pressed', async () => {
      const {port} = silent.address() as {port: number};
      const home = await promotionHome({
        registries: {dev: `127.0.0.1:${port}`, prod: `127.0.0.1:${port}`},
        stages: {'extended-test': ['dev'], prod: ['prod']},
      });
      try {
        const asked = once(silent, 'connection') as Promise<[{destroy: () => void}]>;
        const args = ['app:1', '--tenant', 'payments', '--from-stage', 'extended-test', '--json'];
        const running = home.start(['p2p', 'promote', ...args]);
        const [socket] = await reached(running, asked);
        running.child.kill('SIGINT');
        running.child.kill('SIGTERM');
        const {code, stdout} = await running.result;
        socket.destroy();
        const {exitCode, error} = JSON.parse(stdout) as Document;
        expect([code, exitCode, error.code]).to.deep.equal([130, 130, 'interrupted']);
      } finally {
        home.remove();
      }
    });

    it('is the one that the sandbox printed when it opened', async () => {
      const home = temporaryFolder();
      try {
        const running = startCli(['sandbox', '--json'], {home});
        await reached(running, once(running.child.stdout, 'data'));
        running.child.kill('SIGINT');
        const {code, stdout} = await running.result;
        expect(JSON.parse(stdout)).to.include({ok: true, exitCode: 0});
        expect(code).to.be.oneOf([0, 130]);
      } finally {
        remove(home);
      }
    });
  });
});
