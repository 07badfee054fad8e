import {lstat, readdir, readlink, realpath, rename, rm, symlink} from 'node:fs/promises';
import path from 'node:path';
import {currentClone} from '../current-clone.ts';
import {cloneDirectory, clonesDirectory, settingsFile} from '../home.ts';
import {waitingSettings} from '../settings.ts';

/**
 * Makes a clone below `clonesDirectory` the home's, together with the settings that it holds. One rename of a link decides:
 * who reads the home or kills this process finds the one or the other, whole. The clone that it replaces is removed.
 */
export async function putInForce(home: string, fresh: string): Promise<void> {
  const place = cloneDirectory(home);
  const before = await readlink(place).catch(() => undefined);
  const aside = await moveFolderAside(place, `${fresh}-old`);
  try {
    await linkTo(place, path.relative(path.dirname(place), fresh));
    await rename(waitingSettings(fresh), settingsFile(home));
  } catch (error) {
    if (before !== undefined) await linkTo(place, before);
    else await rm(place, {force: true});
    if (aside !== undefined) await rename(aside, place);
    throw error;
  }
  await removeOldClones(home);
}

/** Finishes what a process that was killed had decided. */
export async function finishSettings(home: string): Promise<void> {
  await rename(waitingSettings(cloneDirectory(home)), settingsFile(home)).catch(() => undefined);
}

/**
 * Removes every clone but the home's own, and what killed processes left. Only for who holds the lock. What cannot be removed
 * is left to the next one.
 */
export async function removeOldClones(home: string): Promise<void> {
  const kept = currentClone(home)?.directory;
  const clones = await realpath(clonesDirectory(home)).catch(() => clonesDirectory(home));
  const leftovers = [
    ...(await listed(clones)).filter((file) => file !== kept),
    ...(await listed(path.dirname(cloneDirectory(home)))).filter((file) =>
      path.basename(file).startsWith('.cplatform-'),
    ),
    // from before settings waited inside their clone
    ...(await listed(home)).filter((file) => /^corectl\.yaml\.[0-9a-f]{12}$/.test(path.basename(file))),
  ];
  for (const file of leftovers) {
    await rm(file, {recursive: true, force: true, maxRetries: 3}).catch(() => undefined);
  }
}

async function linkTo(place: string, target: string): Promise<void> {
  const link = path.join(path.dirname(place), `.cplatform-${path.basename(target)}`);
  await rm(link, {force: true});
  await symlink(target, link);
  await rename(link, place);
}

/** Homes of earlier versions have the clone itself in the link's place: no link can be renamed over a folder. */
async function moveFolderAside(place: string, aside: string): Promise<string | undefined> {
  const status = await lstat(place).catch(() => undefined);
  if (status?.isDirectory() !== true) return undefined;
  await rename(place, aside);
  return aside;
}

async function listed(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => path.join(folder, name));
}
