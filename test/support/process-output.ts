import type {ChildProcess} from 'node:child_process';
import {EventEmitter} from 'node:events';

/** What a process prints, kept. */
export class Output {
  private text = '';
  private hasEnded = false;
  private readonly news = new EventEmitter();
  private readonly program: string;

  constructor(child: ChildProcess, program: string) {
    this.program = program;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.text += chunk;
        this.news.emit('more');
      });
    }
    child.once('close', () => {
      this.hasEnded = true;
      this.news.emit('end');
    });
  }

  /** Everything so far, once it contains `part`, or something that matches it; rejects when that takes longer than a test may, or the process ends first. */
  shows(part: string | RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = () => {
        clearTimeout(limit);
        reject(new Error(`${this.program} did not print ${String(part)}: ${this.text.slice(-500)}`));
      };
      const limit = setTimeout(fail, 110_000); // mocha's is two minutes
      const look = () => {
        if (typeof part === 'string' ? !this.text.includes(part) : !part.test(this.text)) return;
        clearTimeout(limit);
        this.news.off('more', look).off('end', fail);
        resolve(this.text);
      };
      this.news.on('more', look).once('end', fail);
      look();
      if (this.hasEnded) this.news.emit('end');
    });
  }
}

/** Kills a process unless it has ended, and waits for its end. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await closed;
}
