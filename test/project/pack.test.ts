import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdtemp, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {expect} from 'chai';
import {isolated, packageFolder} from '../support/cli.ts';

const run = promisify(execFile);

describe('the package', () => {
  let folder: string;
  let archive: string;

  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(path.join(tmpdir(), 'corectl-pack-'));
    archive = await pack(folder);
  });

  after(() => rm(folder, {recursive: true, force: true}));

  it('is smaller than 2 MB', async () => {
    expect((await stat(archive)).size).to.be.below(2_000_000);
  });

  it('runs once it is installed without a network', async function () {
    this.timeout(120_000);
    const prefix = path.join(folder, 'prefix');
    await run(
      'npm',
      ['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', prefix, archive],
      {env: forNpm(folder)},
    );
    const corectl = path.join(prefix, 'bin/corectl');
    const version = await run(corectl, ['--version'], {env: isolated(folder)});
    expect(version.stdout).to.match(/^corectl\/\d+\.\d+\.\d+ /);
    const help = await run(corectl, ['p2p', 'promote', '--help'], {env: isolated(folder)});
    expect(help.stdout).to.contain('--from-stage');
    expect(existsSync(path.join(prefix, 'share/man/man1/corectl-p2p-promote.1'))).to.equal(true);
  });
});

/** npm asks its registry for a newer npm whatever it does. */
const forNpm = (home: string) => ({...isolated(home), npm_config_update_notifier: 'false'});

/** The tests run on a build that is there already, so it is packed as it is. */
async function pack(folder: string): Promise<string> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const {stdout} = await run('npm', args, {cwd: packageFolder, env: forNpm(folder)});
  const [packed] = JSON.parse(stdout) as {filename: string}[];
  return path.join(folder, packed?.filename ?? '');
}
