import {wait} from '../../http/pace.ts';
import {promotionInterrupted} from '../../promotion/failures.ts';
import type {StatusReport} from '../../status/report.ts';
import {drawsOn} from '../../ui/progress/progress.ts';

interface Watching {
  /** Seconds. */
  readonly interval: number;
  readonly signal: AbortSignal;
}

/** Shows what is read again and again, in the same place. Ends by raising that it was interrupted, or what cannot be read. */
export async function watchStatus(
  read: () => Promise<StatusReport>,
  show: (report: StatusReport) => Promise<void>,
  {interval, signal}: Watching,
): Promise<never> {
  for (;;) {
    await wait(interval * 1000, signal);
    if (signal.aborted) throw promotionInterrupted();
    const latest = await read();
    // to the upper left corner, and nothing below
    if (drawsOn(process.stdout, process.env)) process.stdout.write('\u001b[H\u001b[J');
    await show(latest);
  }
}
