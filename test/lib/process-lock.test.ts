import {expect} from 'chai';
import {mkdirSync, mkdtempSync, rmSync, statSync, utimesSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {LockWatch, tryLock} from '../../src/lib/process-lock.ts';

describe('a lock that is dated in the future, as a clock that was ahead left it', () => {
  const stale = 2000;
  let folder: string;
  let lockfilePath: string;
  const take = () => tryLock(folder, {lockfilePath, stale, update: 1000});
  const date = (year: number) => {
    utimesSync(lockfilePath, new Date(`${year}-01-01`), new Date(`${year}-01-01`));
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'corectl-lock-'));
    lockfilePath = path.join(folder, 'lock');
    mkdirSync(lockfilePath);
    date(2100);
  });
  afterEach(() => {
    rmSync(folder, {recursive: true});
  });

  it('is taken once it has shown no life for long enough', async () => {
    const watch = new LockWatch({lockfilePath, stale: 0});
    await watch.look();
    expect(await take()).to.equal(undefined);
    await watch.look();
    const lock = await take();
    expect(lock?.isLost()).to.equal(false);
    await lock?.release();
  });

  it('is left alone as long as it shows life, and until then', async () => {
    const [soon, late] = [0, 60_000].map((one) => new LockWatch({lockfilePath, stale: one}));
    for (const year of [2101, 2102, 2103]) {
      date(year);
      await soon?.look();
      for (let looks = 0; looks < 3; looks += 1) await late?.look();
      expect(statSync(lockfilePath).mtime.getUTCFullYear()).to.equal(year);
    }
  });

  it('may be gone meanwhile', async () => {
    const watch = new LockWatch({lockfilePath, stale: 0});
    rmSync(lockfilePath, {recursive: true});
    await watch.look();
    await watch.look();
    const lock = await take();
    expect(lock).not.to.equal(undefined);
    await lock?.release();
  });
});
