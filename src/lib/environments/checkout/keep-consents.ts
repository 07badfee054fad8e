import {randomBytes} from 'node:crypto';
import {rename, rm} from 'node:fs/promises';
import {settingsFile} from '../home.ts';
import {inHome} from '../home-error.ts';
import {notInitialised} from '../open.ts';
import {allowMore, readSettings, writeSettings, type Allowed} from '../settings.ts';
import {lockHome, type LockOptions} from './home-lock.ts';
import {finishSettings} from './put-in-force.ts';

/**
 * Adds to what the settings allow, in one step, while no other process changes the home. Raises `not-initialised`,
 * `invalid-settings`, `home-unusable` and `home-busy`.
 */
export async function keepConsents(home: string, more: Allowed, options: LockOptions): Promise<void> {
  if (Object.values(more).every((list: readonly string[]) => list.length === 0)) return;
  await inHome(home, async () => {
    const lock = await lockHome(home, options);
    // removeLeftovers knows it by this form where the process is killed
    const fresh = `${settingsFile(home)}.${randomBytes(6).toString('hex')}`;
    try {
      await finishSettings(home);
      const settings = await readSettings(home);
      if (settings === undefined) throw notInitialised();
      await writeSettings(fresh, await allowMore(home, settings, more));
      lock.check();
      await rename(fresh, settingsFile(home));
    } finally {
      await rm(fresh, {force: true});
      await lock.release();
    }
  });
}
