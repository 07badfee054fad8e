import {expect} from 'chai';
import {execa} from 'execa';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {packageFolder} from '../support/cli.ts';

const entry = path.join(packageFolder, 'bin/run.js');

// what is asked of Node is told instead of done: Node 20 has no such cache, and newer ones trust what they find in it
const telling = `require('node:module').enableCompileCache = (folder) =>
  require('node:fs').writeSync(2, \`cache: \${folder ?? "Node's choice"}\\n\`);`;

describe('compiled code that is kept for the next start', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'corectl-cache-'));
    writeFileSync(path.join(folder, 'telling.cjs'), telling);
    for (const home of ['own', 'caches', 'home']) mkdirSync(path.join(folder, home));
  });
  afterEach(() => {
    rmSync(folder, {recursive: true, force: true});
  });

  const cacheOf = async (env: Readonly<Record<string, string>>) => {
    const args = ['--require', path.join(folder, 'telling.cjs'), entry, 'p2p', 'stages', '--help'];
    const {stderr} = await execa(process.execPath, args, {env, extendEnv: false});
    return /cache: (.*)/.exec(stderr)?.[1];
  };
  const below = (...names: string[]) => path.join(folder, ...names);

  it('is in a folder of the home that nobody else may enter', async () => {
    expect(await cacheOf({CORECTL_HOME: below('own'), HOME: below('home')})).to.equal(
      below('own/compile-cache'),
    );
    expect(await cacheOf({XDG_CACHE_HOME: below('caches')})).to.equal(below('caches/corectl'));
    expect(await cacheOf({HOME: below('home')})).to.equal(below('home/.cache/corectl'));
    for (const made of ['own/compile-cache', 'caches/corectl', 'home/.cache/corectl'])
      expect(statSync(below(made)).mode & 0o777, made).to.equal(0o700);
  });

  it('is nowhere without a home, and never in the shared temporary directory', async () => {
    for (const home of ['', 'relative', below('missing')])
      expect(await cacheOf({HOME: home, TMPDIR: folder}), home).to.equal(undefined);
  });

  it('is not taken from a folder that others may write to', async () => {
    mkdirSync(below('own/compile-cache'), {recursive: true});
    for (const mode of [0o777, 0o770, 0o755]) {
      chmodSync(below('own/compile-cache'), mode);
      expect(await cacheOf({CORECTL_HOME: below('own')}), mode.toString(8)).to.equal(undefined);
    }
  });

  it('is not taken from a folder that others may swap for theirs', async () => {
    mkdirSync(below('shared/own/compile-cache'), {recursive: true, mode: 0o700});
    chmodSync(below('shared'), 0o777);
    expect(await cacheOf({CORECTL_HOME: below('shared/own')})).to.equal(undefined);
    chmodSync(below('shared'), 0o1777);
    expect(await cacheOf({CORECTL_HOME: below('shared/own')})).to.equal(below('shared/own/compile-cache'));
  });

  it('is not found through a link', async () => {
    mkdirSync(below('theirs'), {mode: 0o700});
    symlinkSync(below('theirs'), below('own/compile-cache'));
    expect(await cacheOf({CORECTL_HOME: below('own')})).to.equal(undefined);
  });

  it("is not taken from another user's folder", async function () {
    if (process.getuid?.() !== 0) this.skip();
    mkdirSync(below('own/compile-cache'), {recursive: true, mode: 0o700});
    chownSync(below('own/compile-cache'), 65534, 65534);
    expect(await cacheOf({CORECTL_HOME: below('own')})).to.equal(undefined);
  });
});
