import {expect} from 'chai';
import {execa} from 'execa';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {packageFolder} from '../support/cli.ts';
import {pushImage, registriesOfTest} from '../support/registry.ts';

const entry = path.join(packageFolder, 'bin/run.js');
const nodes = process.env.CORECTL_NODES?.split(':') ?? [process.execPath];

describe('compiled code that is kept for the next start', () => {
  const registries = registriesOfTest();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'corectl-cache-'));
    for (const home of ['own', 'caches', 'home', 'node']) mkdirSync(path.join(folder, home));
  });
  afterEach(() => {
    rmSync(folder, {recursive: true, force: true});
  });

  const below = (...names: string[]) => path.join(folder, ...names);
  const corectl = (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {CORECTL_HOME: below('own')},
    node = process.execPath,
  ) => execa(node, [entry, ...args], {env, extendEnv: false, reject: false});

  /** The folders below that hold some afterwards. */
  async function placesOf(env: Readonly<Record<string, string>>): Promise<string[]> {
    const {exitCode, stderr} = await corectl(['p2p', 'stages', '--help'], env);
    expect(exitCode, stderr).to.equal(0);
    const files = readdirSync(folder, {recursive: true, encoding: 'utf8'});
    return files.filter((file) => /help-[0-9a-f]{16}-v/.test(file)).map((file) => path.dirname(file));
  }

  it('is in a folder that nobody else may enter, of the first of four places that is named', async () => {
    const places = [
      ['NODE_COMPILE_CACHE', 'node', 'corectl'],
      ['CORECTL_HOME', 'own', 'compile-cache'],
      ['XDG_CACHE_HOME', 'caches', 'corectl'],
      ['HOME', 'home', '.cache/corectl'],
    ] as const;
    for (const [at, [, home, name]] of places.entries()) {
      const place = path.join(home, name);
      const named = places.slice(at).map(([variable, folder]) => [variable, below(folder)] as const);
      expect(await placesOf(Object.fromEntries(named))).to.deep.equal([place]);
      expect(statSync(below(place)).mode & 0o777, place).to.equal(0o700);
      rmSync(below(place), {recursive: true});
    }
  });

  it('is nowhere without a home, and never in the shared temporary directory', async () => {
    for (const home of ['', 'relative', below('missing')])
      expect(await placesOf({HOME: home, TMPDIR: folder}), home).to.deep.equal([]);
  });

  it('is not taken from a folder that others may write to', async () => {
    mkdirSync(below('own/compile-cache'), {recursive: true});
    for (const mode of [0o777, 0o770, 0o755]) {
      chmodSync(below('own/compile-cache'), mode);
      expect(await placesOf({CORECTL_HOME: below('own')}), mode.toString(8)).to.deep.equal([]);
    }
  });

  it('is not taken from a folder that others may swap for theirs', async () => {
    mkdirSync(below('shared/own/compile-cache'), {recursive: true, mode: 0o700});
    chmodSync(below('shared'), 0o777);
    expect(await placesOf({CORECTL_HOME: below('shared/own')})).to.deep.equal([]);
    chmodSync(below('shared'), 0o1777);
    expect(await placesOf({CORECTL_HOME: below('shared/own')})).to.deep.equal(['shared/own/compile-cache']);
  });

  it('is not found through a link', async () => {
    mkdirSync(below('theirs'), {mode: 0o700});
    symlinkSync(below('theirs'), below('own/compile-cache'));
    expect(await placesOf({CORECTL_HOME: below('own')})).to.deep.equal([]);
  });

  it("is not taken from another user's folder", async function () {
    if (process.getuid?.() !== 0) this.skip();
    mkdirSync(below('own/compile-cache'), {recursive: true, mode: 0o700});
    chownSync(below('own/compile-cache'), 65534, 65534);
    expect(await placesOf({CORECTL_HOME: below('own')})).to.deep.equal([]);
  });

  // a file that V8 refuses is written anew, as another one
  const identities = () => {
    const cache = below('own/compile-cache');
    return readdirSync(cache).map((name) => `${name} ${statSync(path.join(cache, name)).ino}`);
  };

  for (const node of nodes) {
    // copying megabytes sets flags of V8, which it compares
    it(`is what the next start runs, also of a promotion (${node})`, async () => {
      const [dev, prod] = [await registries.start(), await registries.start()];
      const sides = ['--source-registry', dev.host, '--dest-registry', prod.host];
      const stages = ['--source-stage', 'dev', '--dest-stage', 'prod'];
      for (const tag of ['1', '2', '3'])
        await pushImage(dev, 'dev/app', tag, {seed: `${node}${tag}`, layerSize: 600_000});
      const promote = async (tag: string) => {
        const {exitCode, stderr} = await corectl(
          ['p2p', 'promote', `app:${tag}`, ...sides, ...stages],
          undefined,
          node,
        );
        expect(exitCode, stderr).to.equal(0);
        return identities();
      };
      await promote('1');
      const kept = await promote('2');
      expect(kept.join()).to.contain('p2p-promote-');
      expect(await promote('3')).to.deep.equal(kept);
    });
  }

  it('is kept anew when a command ran further than before', async () => {
    const refused = await corectl(['p2p', 'promote', '--no-such-flag']);
    expect(refused.exitCode).to.equal(2);
    const [kept = ''] = identities();
    // a registry that cannot be reached: much of what copies is compiled for it
    const registries = ['--source-registry', '127.0.0.1:1/a', '--dest-registry', '127.0.0.1:1/b'];
    const stages = ['--source-stage', 'dev', '--dest-stage', 'prod'];
    expect((await corectl(['p2p', 'promote', 'app:1', ...registries, ...stages])).exitCode).to.equal(5);
    expect(identities()).not.to.include(kept);
  });

  it('is compiled anew where the file is cut short, empty or of something else', async () => {
    const {stdout} = await corectl(['--help']);
    const cache = below('own/compile-cache');
    const [name = ''] = readdirSync(cache);
    for (const size of [0, 4, 8, 100, 10_000]) {
      truncateSync(path.join(cache, name), size);
      const again = await corectl(['--help']);
      expect({code: again.exitCode, stdout: again.stdout, stderr: again.stderr}, String(size)).to.deep.equal({
        code: 0,
        stdout,
        stderr: '',
      });
      expect(statSync(path.join(cache, name)).size, String(size)).to.be.greaterThan(100_000);
    }
  });

  it('is compiled anew where a disk has damaged the file: V8 would crash on it at every start', async () => {
    const {stdout} = await corectl(['--help']);
    const cache = below('own/compile-cache');
    const [name = ''] = readdirSync(cache);
    const file = path.join(cache, name);
    const whole = readFileSync(file);
    for (const at of [10, 30, 60, 100, 2000, 10_000, whole.length - 5000]) {
      writeFileSync(file, Buffer.from(whole).fill(0xff, at, at + 4));
      const again = await corectl(['--help']);
      expect([again.exitCode, again.signal, again.stdout], String(at)).to.deep.equal([0, undefined, stdout]);
    }
  });

  it('holds the names of commands alone, and does not grow for ever', async () => {
    for (const words of [['secret:1'], ['../../up'], ['p2p', '../up'], ['x'.repeat(300)]])
      expect((await corectl(words)).exitCode).to.equal(2);
    expect(existsSync(below('up'))).to.equal(false);
    const names = readdirSync(below('own/compile-cache')).map((name) =>
      name.replace(/-[0-9a-f]{16}-v.*/, ''),
    );
    expect(names.join()).not.to.match(/secret|up|xxx/);
  });
});
