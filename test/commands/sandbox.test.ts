import {expect} from 'chai';
import {mkdir, mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {runCli, startCli, type RunningCli} from '../support/cli.ts';

describe('corectl sandbox', () => {
  let home: string;
  let temporary: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'corectl-sandbox-test-'));
    temporary = path.join(home, 'tmp');
    await mkdir(temporary);
    env = {TMPDIR: temporary};
  });
  afterEach(() => rm(home, {recursive: true, force: true}));

  /** Resolves to the output so far as soon as it holds the text. */
  const shown = ({child}: RunningCli, text: string) =>
    new Promise<string>((resolve, reject) => {
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes(text)) resolve(output);
      });
      child.once('close', () => {
        reject(new Error(`ended without showing ${text}: ${output}`));
      });
    });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`prints what to type, stays until ${signal} and then removes everything`, async () => {
      const running = startCli(['sandbox'], {home, env});
      const output = await shown(running, 'Ctrl-C');
      expect(await readdir(temporary)).to.have.length(1);
      running.child.kill(signal);
      expect(await running.result).to.include({code: 0, stderr: 'Closing the sandbox.\n'});
      expect(output).to.match(/\n {2}export CORECTL_HOME=\/.*\n {2}export DOCKER_CONFIG=\//);
      expect(await readdir(temporary)).to.deep.equal([]);
    });
  }

  it('has printed commands that work when they are typed', async () => {
    const running = startCli(['sandbox', '--json'], {home, env});
    const document = JSON.parse(await shown(running, '\n}')) as {
      environment: Record<string, string>;
      commands: string[];
    };
    for (const command of document.commands) {
      const {code, stderr} = await runCli(command.split(' ').slice(1), {env: document.environment});
      expect(code, `${command}: ${stderr}`).to.equal(0);
    }
    running.child.kill('SIGINT');
    expect((await running.result).code).to.equal(0);
  });

  it('takes the tour by itself with --run, whatever the environment says of tenants and credentials', async () => {
    const other = {
      P2P_TENANT_NAME: 'nobody',
      SOURCE_AUTH_OVERRIDE: '/none',
      HTTP_PROXY: 'http://127.0.0.1:9',
    };
    const {code, stdout, stderr} = await runCli(['sandbox', '--run'], {home, env: {...env, ...other}});
    expect(code, stderr).to.equal(0);
    for (const command of ['init', 'p2p stages', 'p2p promote'])
      expect(stdout).to.contain(`$ corectl ${command} `);
    expect(stdout).to.contain('Dry run, nothing was written');
    expect(stdout).to.match(/up to date/);
    expect(stdout).to.match(
      /\nVerified: app:1\.0\.0 is the same at all 4 places, 60 digests compared byte for byte\.\n$/,
    );
    expect(stdout + stderr).to.not.match(/\u001b|Warning/);
    expect(stdout + stderr, 'a password is shown').to.not.match(/(?<![0-9a-f:])[0-9a-f]{32}(?![0-9a-f])/);
    expect(await readdir(temporary)).to.deep.equal([]);
  });

  it('with --run --json prints one document on stdout', async () => {
    const {code, stdout, stderr} = await runCli(['sandbox', '--run', '--json'], {home, env});
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ok: true, exitCode: 0});
    expect(stderr).to.contain('$ corectl init ');
  });

  it('stops the tour at Ctrl-C with exit code 130 and removes everything', async () => {
    const running = startCli(['sandbox', '--run'], {home, env});
    await shown(running, '$ corectl p2p stages');
    running.child.kill('SIGINT');
    expect(await running.result).to.include({code: 130});
    expect(await readdir(temporary)).to.deep.equal([]);
  });
});
