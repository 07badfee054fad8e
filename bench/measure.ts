import {spawn} from 'node:child_process';
import {readFile} from 'node:fs/promises';

/** A program to run, with nothing inherited from the environment but what is given. */
export interface Run {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Measured {
  readonly milliseconds: number;
  /** Of the processor's time, in user mode and in the kernel, of all the runs together; Linux only, 0 elsewhere. */
  readonly processorMs: number;
  /** The highest resident memory, of all the runs together where they ran side by side. */
  readonly peakBytes: number;
  /** What each run printed on stdout. */
  readonly outputs: readonly string[];
}

// a run that hangs is worth knowing of, but not worth waiting for
const limitMs = 5 * 60_000;
// VmHWM is itself a maximum, so only what is allocated in the last moments of a process can be missed
const pollMs = 20;

/** Runs the programs side by side until the last has ended; rejects when one fails. */
export async function measure(runs: readonly Run[]): Promise<Measured> {
  const before = await processorTimeOfChildren();
  const started = process.hrtime.bigint();
  const ended = await Promise.all(runs.map(toTheEnd));
  const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
  return {
    milliseconds,
    processorMs: (await processorTimeOfChildren()) - before,
    peakBytes: ended.reduce((sum, {peak}) => sum + peak, 0),
    outputs: ended.map(({output}) => output),
  };
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

interface Ended {
  readonly peak: number;
  readonly output: string;
}

function toTheEnd({command, args, env}: Run): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: {...env},
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
    });
    let peak = 0;
    let errors = '';
    const output: Buffer[] = [];
    const timer = setInterval(() => {
      void residentPeak(child.pid).then((bytes) => (peak = Math.max(peak, bytes)));
    }, pollMs);
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-2000)));
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve({peak, output: Buffer.concat(output).toString()});
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${errors}`));
    });
  });
}

/** What the kernel counts per second in /proc (proc(5), USER_HZ): 100 on every platform that Node runs on. */
const tickMs = 10;

/** Milliseconds that the children which have ended took, with those that they waited for (proc(5): cutime, cstime). */
async function processorTimeOfChildren(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8').catch(() => '');
  // the program's name, in parentheses, may hold anything
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(13, 15);
  return (Number(user) + Number(system)) * tickMs;
}

/** Linux only; 0 elsewhere, and for a process that has just ended. */
async function residentPeak(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
