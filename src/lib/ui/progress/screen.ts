import type {Colours} from '../colours.ts';
import {terminalColours} from '../colours.ts';
import type {FrameLine, Mark} from './frame.ts';

/** How much room there is: asked for at each drawing, as windows change their size. */
export interface ScreenSize {
  readonly columns: number;
  readonly height: number;
}

/** Lines that are drawn over and over in the same place, until `stop`. */
export interface Screen {
  /** Draws a last time; nothing is written afterwards, and the cursor is below the lines. */
  stop(): void;
}

/** Milliseconds between drawings: smooth enough for numbers, and a thousandth of a processor. */
const tick = 200;

/** Of a terminal that does not say how high it is: what VT100s had. */
const usualHeight = 24;

/**
 * Starts drawing what `lines` returns. The cursor is never hidden, so that no way to end or suspend the process leaves a
 * terminal without one; after a suspension the lines begin anew below what the shell said.
 */
export function startScreen(
  stderr: NodeJS.WriteStream,
  lines: (size: ScreenSize) => readonly FrameLine[],
): Screen {
  const {draw, beginAnew} = drawing(stderr, lines);
  let due: NodeJS.Immediate | undefined;
  // after a suspension the timer is overdue, and would draw over what the shell said before the signal is heard of
  const timer = setInterval(() => {
    due = setImmediate(draw);
  }, tick);
  process.on('SIGCONT', beginAnew);
  draw();
  return {
    stop: () => {
      clearInterval(timer);
      clearImmediate(due);
      process.off('SIGCONT', beginAnew);
      draw();
    },
  };
}

/** `draw` draws over what it drew last; after `beginAnew` below whatever is there. */
function drawing(stderr: NodeJS.WriteStream, lines: (size: ScreenSize) => readonly FrameLine[]) {
  let shown: readonly string[] = [];
  let turn = 0;
  const draw = (): void => {
    const {columns, rows} = stderr;
    // a terminal that was made 0 columns wide shows nothing anyway
    if (!columns) return;
    const next = lines({columns, height: rows > 0 ? rows : usualHeight}).map((line) =>
      renderLine(line, columns, turn),
    );
    stderr.write(`${back(shown, columns)}${noWrap}${next.map(({text}) => `${text}\n`).join('')}${wrap}`);
    shown = next.map(({plain}) => plain);
    turn += 1;
  };
  const beginAnew = (): void => {
    shown = [];
  };
  return {draw, beginAnew};
}

const escape = '\u001b[';
// characters that take two columns would wrap a line that is counted as one
const [noWrap, wrap] = [`${escape}?7l`, `${escape}?7h`];

/** To the start of what was drawn last, and away with it: a window that became narrower has broken its lines into more. */
function back(shown: readonly string[], columns: number): string {
  const height = shown.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0);
  return `\r${height > 0 ? `${escape}${height}A` : ''}${escape}J`;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

const marks: Readonly<Record<Exclude<Mark, 'running'>, readonly [icon: string, colour: keyof Colours]>> = {
  done: ['✔', 'good'],
  failed: ['✖', 'bad'],
  mixed: ['⚠', 'middling'],
  stopped: ['◼', 'faint'],
};

function renderLine(
  {mark, depth, text}: FrameLine,
  columns: number,
  turn: number,
): {readonly text: string; readonly plain: string} {
  const [icon, colour] =
    mark === 'running' ? ([spinner[turn % spinner.length] ?? '', 'busy'] as const) : marks[mark];
  const indent = ' '.repeat(depth * 2);
  // two columns for the mark, one so that no terminal wraps the line
  const shown = cut(text, columns - indent.length - 3);
  return {
    text: `${indent}${terminalColours[colour](icon)} ${shown}`,
    plain: `${indent}${icon} ${shown}`,
  };
}

function cut(text: string, columns: number): string {
  const characters = Array.from(text);
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(columns - 1, 0)).join('')}…`;
}
