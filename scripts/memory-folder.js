import {execFile} from 'node:child_process';
import {chmod, mkdir, mkdtemp, rm, statfs, symlink, writeFile} from 'node:fs/promises';
import {freemem} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {root} from './root.js';

// where Linux has it, for what glibc makes with shm_open
const memory = '/dev/shm';
// the tests were not seen to hold more than some 40 MB at once; far more than that stays for others
const plenty = 4 * 1024 ** 3;

/**
 * Has temporary files made in memory while `use` runs, where there is plenty and programs can be started from there, and no
 * other folder is named by TMPDIR: tests make and remove some hundred thousand files and folders, which costs a disc's file
 * system several times the processor time, and waits for the disc besides.
 */
export async function inMemory(use) {
  if (process.env.TMPDIR !== undefined || !(await isRoomy())) return use();
  const folder = await mkdtemp(path.join(memory, 'corectl-tests-'));
  try {
    await chmod(folder, 0o755); // corectl is started as other users, too
    await keepCompiled(folder);
    if (await startsPrograms(folder)) process.env.TMPDIR = folder;
    return await use();
  } finally {
    delete process.env.TMPDIR;
    await rm(folder, {recursive: true, force: true, maxRetries: 5});
  }
}

async function isRoomy() {
  const {bavail, bsize} = await statfs(memory).catch(() => ({bavail: 0, bsize: 0}));
  return bavail * bsize > plenty && freemem() > plenty;
}

/** tsx keeps what it compiles in the folder for temporary files: the next run is to find it. */
async function keepCompiled(folder) {
  const kept = path.join(root, 'node_modules/.cache/tsx');
  await mkdir(kept, {recursive: true});
  await symlink(kept, path.join(folder, `tsx-${process.geteuid()}`));
}

/** It may be mounted so that none is started, as in a container. */
async function startsPrograms(folder) {
  const program = path.join(folder, 'program');
  await writeFile(program, '#!/bin/sh\n', {mode: 0o755});
  return promisify(execFile)(program).then(
    () => true,
    () => false,
  );
}
