import {lineListener} from './lines.ts';
import {apply, newProgressState} from './progress-state.ts';
import {newRates} from './rates.ts';
import {rowsFor} from './rows.ts';
import type {TaskView} from './tasks.ts';
import type {PromotionListener} from '../promotion/events.ts';

export interface ProgressOptions {
  readonly stderr: NodeJS.WriteStream;
  /** Whether cursor movement and colour are wanted: what `drawsOn` says, unless other output would be in between. */
  readonly isTerminal: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** Draws a promotion while it runs. */
export interface Progress {
  readonly listener: PromotionListener;
  /** To be called at the end in any case: nothing is written after it. */
  readonly stop: () => Promise<void>;
}

/** Whether the stream is a terminal that rows can be drawn on; one of 0 columns and a NO_COLOR environment are not. */
export function drawsOn(
  stderr: Pick<Partial<NodeJS.WriteStream>, 'isTTY' | 'columns'>,
  env: NodeJS.ProcessEnv,
): boolean {
  const {isTTY = false, columns = 0} = stderr;
  return isTTY && columns > 0 && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

/** The listener that shows a promotion on stderr: rows on a terminal, else a line for each change of state. */
export function promotionListener(options: ProgressOptions): Progress {
  const {stderr, isTerminal} = options;
  if (isTerminal && stderr.columns > 0) return drawn(options);
  return {listener: lineListener((line) => stderr.write(line)), stop: () => Promise.resolve()};
}

function drawn({stderr, now = () => performance.now()}: ProgressOptions): Progress {
  const state = newProgressState();
  const rates = newRates();
  const beforeDraw = () => {
    rates.sample(state.destinations.values(), now());
  };
  const start = async (): Promise<TaskView> => {
    const {startTaskView} = await import('./tasks.ts');
    return startTaskView(rowsFor(state, rates), {stderr, beforeDraw});
  };
  let starting: Promise<TaskView> | undefined;
  let view: TaskView | undefined;
  return {
    listener: (event) => {
      const changed = apply(state, event);
      if (event.kind === 'planned' && state.destinations.size > 0)
        starting ??= start().then((one) => (view = one));
      if (changed?.phase === 'done') view?.update();
    },
    stop: async () => {
      const started = await starting;
      await started?.stop();
      // what listr2 would have hidden or shifted while it drew
      const tell = lineListener((line) => stderr.write(line));
      for (const message of state.warnings) tell({kind: 'warning', message});
    },
  };
}
