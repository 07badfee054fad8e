import {constants} from 'node:fs';
import {access, stat} from 'node:fs/promises';
import path from 'node:path';

/** The parts of a PATH that do not depend on the folder corectl was started in: a checkout must not supply programs. */
export function absoluteFolders(searchPath: string): string[] {
  return searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

/** The full path of a program found in the absolute folders of a PATH. */
export async function findExecutable(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of absoluteFolders(searchPath)) {
    const file = path.join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
