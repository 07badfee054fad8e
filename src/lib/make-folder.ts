import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {codeOf} from './system-error.ts';

/**
 * Makes a folder and those that it is in, as far as they are not there. Step by step: Node's recursive mkdir never ends where a
 * folder that exists takes none, as /proc does (Node 20).
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  const make = () => mkdir(folder, {mode}).catch(unlessThere);
  await make().catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    await makeFolder(path.dirname(folder), mode);
    await make();
  });
}

function unlessThere(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}
