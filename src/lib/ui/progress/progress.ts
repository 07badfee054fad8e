import {frameOf} from './frame.ts';
import {newHeartbeat} from './heartbeat.ts';
import {lineListener} from './lines.ts';
import {apply, newProgressState} from './progress-state.ts';
import {newThroughput} from './throughput.ts';
import {startScreen, type Screen, type ScreenSize} from './screen.ts';
import type {PromotionListener} from '../../promotion/events.ts';

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
  return written(options);
}

/** Milliseconds between looks at the clock, which are also what rates are made of. */
const second = 1000;

function written({stderr, now = () => performance.now()}: ProgressOptions): Progress {
  const lines = lineListener((line) => stderr.write(line));
  const {listener, beat} = newHeartbeat({write: (line) => stderr.write(`${line}\n`), now});
  const timer = setInterval(beat, second);
  return {
    listener: (event) => {
      lines(event);
      listener(event);
    },
    stop: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

function drawn({stderr, now = () => performance.now()}: ProgressOptions): Progress {
  const state = newProgressState();
  const rates = newThroughput();
  let isOver = false;
  const lines = ({columns, height}: ScreenSize) => {
    rates.sample(state.destinations.values(), now());
    return frameOf(state, rates, {columns, height, isOver});
  };
  let screen: Screen | undefined;
  return {
    listener: (event) => {
      apply(state, event);
      if (event.kind === 'planned' && state.destinations.size > 0) screen ??= startScreen(stderr, lines);
    },
    stop: () => {
      isOver = true;
      screen?.stop();
      // what the lines would have drawn over
      const tell = lineListener((line) => stderr.write(line));
      for (const message of state.warnings) tell({kind: 'warning', message});
      return Promise.resolve();
    },
  };
}
