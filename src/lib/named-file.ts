import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import {codeOf} from './system-error.ts';

/** Bytes. Lists of 200,000 images, the most that a plan may have, come to half of it; a device has no end. */
export const largestFile = 64 * 1024 * 1024;

const chunkSize = 64 * 1024;

/** Milliseconds until a pipe is looked at again whose writer has nothing yet. */
const pause = 10;

/** Milliseconds in which a pipe's writer, started in the background by a script, opens it. */
const patience = 1000;

/**
 * The text of a file that the user or their environment names. A pipe is read to its end, as the shell's `<(…)` makes them;
 * one that nobody has opened to write to within a second is refused: it would be waited for without end, and Ctrl-C would not
 * be heard. Raises what the system refuses with, and for more than 64 MiB.
 */
export function readNamedFile(file: string): string {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    let content = readToEnd(handle);
    const isPipe = fstatSync(handle).isFIFO();
    for (let waited = 0; isPipe && content.length === 0; waited += pause) {
      if (waited >= patience) throw new Error('it is a pipe that nobody writes to');
      sleep(pause);
      content = readToEnd(handle);
    }
    return content.toString('utf8');
  } finally {
    closeSync(handle);
  }
}

function readToEnd(handle: number): Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  for (let chunk = readChunk(handle); chunk.length > 0; chunk = readChunk(handle)) {
    size += chunk.length;
    if (size > largestFile) throw new Error(`it is larger than ${largestFile} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The next bytes; none at the end. */
function readChunk(handle: number): Buffer {
  const chunk = Buffer.allocUnsafe(chunkSize);
  for (;;) {
    try {
      return chunk.subarray(0, readSync(handle, chunk));
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      sleep(pause);
    }
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
