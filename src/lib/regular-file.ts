import {constants} from 'node:fs';
import {open} from 'node:fs/promises';

/** The text of a file of at most `limit` bytes. Raises for what is no regular file, what is larger, and what cannot be read. */
export async function readRegularFile(file: string, limit: number): Promise<string> {
  // a pipe would be waited for without end
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new Error('it is no file');
    if (status.size > limit) throw new Error(`it is larger than ${limit} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
