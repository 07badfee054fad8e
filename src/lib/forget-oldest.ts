import {readdirSync, rmSync, statSync} from 'node:fs';
import path from 'node:path';

/** Deletes a folder's files with such names, but for the newest of them. Raises what the file system says. */
export function forgetOldest(folder: string, names: RegExp, kept: number): void {
  const files = readdirSync(folder)
    .filter((name) => names.test(name))
    .map((name) => path.join(folder, name));
  const newestFirst = files
    .map((file) => ({file, time: statSync(file).mtimeMs}))
    .sort((one, other) => other.time - one.time);
  for (const {file} of newestFirst.slice(kept)) rmSync(file, {force: true});
}
