import {closeSync, constants, openSync, statSync, writeSync} from 'node:fs';
import {Socket} from 'node:net';

/** Where lines go, each as soon as it is there. What goes wrong is told once; what comes after it is dropped. */
export interface LineFile {
  write(line: string): void;
  /** Resolves once all lines are written, or cannot be any more. */
  close(): Promise<void>;
  /** Writes a last line at once, while the process ends. */
  writeLast(line: string): void;
}

type Tell = (error: NodeJS.ErrnoException) => void;

/**
 * Opens a file, a named pipe or, for `-`, stdout. A file that is there is emptied. Raises what the system refuses with; ENXIO
 * for a pipe that nobody reads, as waiting for a reader would be without end.
 */
export function openLineFile(file: string, tell: Tell): LineFile {
  if (file === '-') return onStdout(process.stdout, tell);
  const {O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK} = constants;
  const isPipe = statSync(file, {throwIfNoEntry: false})?.isFIFO() === true;
  const descriptor = openSync(file, isPipe ? O_WRONLY | O_NONBLOCK : O_WRONLY | O_CREAT | O_TRUNC, 0o666);
  return isPipe ? onPipe(descriptor, tell) : onFile(descriptor, tell);
}

/** Written at once: whoever follows the file sees each line whole and now, and none is lost when the process is killed. */
function onFile(descriptor: number, tell: Tell): LineFile {
  let failed = false;
  const write = (line: string) => {
    if (failed) return;
    try {
      const bytes = Buffer.from(line);
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    } catch (error) {
      failed = true;
      tell(error as NodeJS.ErrnoException);
    }
  };
  const close = () => {
    closeSync(descriptor);
    return Promise.resolve();
  };
  return {write, close, writeLast: write};
}

/** A reader that is slow keeps nothing waiting; lines are kept for it. */
function onPipe(descriptor: number, tell: Tell): LineFile {
  const socket = new Socket({fd: descriptor, readable: false, writable: true});
  socket.once('error', tell);
  return {
    write: (line) => {
      if (!socket.destroyed) socket.write(line);
    },
    close: () =>
      new Promise((resolve) => {
        if (socket.destroyed) {
          resolve();
          return;
        }
        socket.once('close', () => {
          resolve();
        });
        socket.end();
      }),
    writeLast: (line) => {
      try {
        if (!socket.destroyed && socket.writableLength === 0) writeSync(descriptor, line);
      } catch {
        // the process ends, and the reader is slow or gone
      }
    },
  };
}

function onStdout(stdout: NodeJS.WriteStream, tell: Tell): LineFile {
  stdout.once('error', tell);
  const write = (line: string) => {
    stdout.write(line);
  };
  return {write, close: () => Promise.resolve(), writeLast: write};
}
