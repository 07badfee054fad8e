import {
  DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels as Level,
  ListrLogger,
  ProcessOutput,
  Spinner,
  type ListrTask,
  type ListrTaskWrapper,
} from 'listr2';
import type {Row} from './rows.ts';

export interface TaskViewOptions {
  /** A terminal. */
  readonly stderr: NodeJS.WriteStream;
  /** Called before each drawing. */
  readonly beforeDraw: () => void;
}

/** The rows on the terminal, where listr2 draws them until `stop`; rows that have not ended then stay as they are. */
export interface TaskView {
  /** Ends the rows that are no longer running. */
  update(): void;
  /** Draws a last time; nothing is written afterwards. */
  stop(): Promise<void>;
}

/** Milliseconds between drawings. */
const tick = 200;

type Task = ListrTaskWrapper<unknown, typeof TerminalRenderer, typeof TerminalRenderer>;

interface Running {
  readonly row: Row;
  readonly task: Task;
  readonly end: (error?: Error) => void;
}

/** Starts drawing the rows. listr2 decides nothing here: its tasks wait until their row has ended. */
export function startTaskView(rows: readonly Row[], {stderr, beforeDraw}: TaskViewOptions): TaskView {
  const running = new Set<Running>();
  let isOver = (row: Row): boolean => row.state() !== 'running';
  const started = (one: Running) => {
    running.add(one);
    one.task.title = one.row.text();
    if (isOver(one.row)) end(one, running);
  };
  const refresh = () => {
    for (const {row, task} of running) task.title = row.text();
  };
  const draw = () => {
    beforeDraw();
    refresh();
  };
  const list = new Listr(
    rows.map((row) => taskFor(row, started)),
    {
      ...behaviour,
      renderer: TerminalRenderer,
      rendererOptions: {
        ...appearance,
        columns: () => stderr.columns,
        spinner: new SlowSpinner(draw),
        ...output(stderr),
      },
      // never used, as TerminalRenderer is content with everything; listr2's own would write to stdout
      fallbackRenderer: TerminalRenderer,
      fallbackRendererOptions: {...appearance, columns: () => stderr.columns, ...output(stderr)},
    },
  );
  const finished = list.run();
  const settle = () => {
    refresh();
    for (const one of running) if (isOver(one.row)) end(one, running);
  };
  return {
    update: settle,
    stop: async () => {
      draw();
      isOver = () => true;
      settle();
      await finished;
    },
  };
}

const behaviour = {
  concurrent: true,
  exitOnError: false,
  collectErrors: false,
  registerSignalListeners: false,
} as const;

const paint = (code: number) => (text?: string) => `\u001b[${code}m${text ?? ''}\u001b[0m`;

const stoppedIcon = '◼';

const appearance = {
  collapseSubtasks: false,
  collapseErrors: false,
  showErrorMessage: false,
  collapseSkips: false,
  showSkipMessage: false,
  icon: {[Level.FAILED_WITH_FAILED_SUBTASKS]: '✖', [Level.SKIPPED_WITHOUT_COLLAPSE]: stoppedIcon},
  color: {
    [Level.PENDING]: paint(36),
    [Level.COMPLETED]: paint(32),
    [Level.FAILED]: paint(31),
    [Level.COMPLETED_WITH_FAILED_SUBTASKS]: paint(33),
    [Level.SKIPPED_WITHOUT_COLLAPSE]: paint(2),
  },
};

/** Both of listr2's outputs on stderr: stdout is for results. */
const output = (stderr: NodeJS.WriteStream) => ({
  logger: new ListrLogger<Level>({processOutput: new ProcessOutput(stderr, stderr)}),
});

function taskFor(
  row: Row,
  started: (one: Running) => void,
): ListrTask<unknown, typeof TerminalRenderer, typeof TerminalRenderer> {
  return {
    title: row.text() === '' ? ' ' : row.text(),
    task: (_, task) => {
      if (row.rows.length > 0) {
        started({row, task, end: () => undefined});
        return task.newListr(
          row.rows.map((below) => taskFor(below, started)),
          behaviour,
        );
      }
      return new Promise<void>((resolve, reject) => {
        const finish = (error?: Error) => {
          if (error) reject(error);
          else resolve();
        };
        started({row, task, end: finish});
      });
    },
  };
}

function end(one: Running, running: Set<Running>): void {
  running.delete(one);
  const state = one.row.state();
  if (state === 'running' && one.row.rows.length === 0) one.task.skip();
  one.end(state === 'failed' ? new Error('failed') : undefined);
}

/** listr2's spinner at a pace that costs nothing; each turn is a drawing. */
class SlowSpinner extends Spinner {
  readonly beforeDraw: () => void;
  due = false;

  constructor(beforeDraw: () => void) {
    super();
    this.beforeDraw = beforeDraw;
  }

  override start(draw?: () => void): void {
    super.start(() => {
      this.beforeDraw();
      this.due = true;
      draw?.();
      this.due = false;
    }, tick);
  }
}

type RendererOptions = ConstructorParameters<typeof DefaultRenderer>[1] & {readonly columns: () => number};

/** listr2's own renderer, but only the spinner draws, every row is one line, and the width is that of stderr. */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY = true;
  static override rendererOptions: RendererOptions;
  private readonly settings: RendererOptions;

  constructor(...[tasks, options, events]: ConstructorParameters<typeof DefaultRenderer>) {
    super(tasks, options, events);
    this.settings = options as RendererOptions;
  }

  override update(): void {
    const {spinner} = this.settings;
    if (spinner instanceof SlowSpinner && spinner.due) super.update();
  }

  /** An image whose destinations did not all come to an end is not done either. */
  protected override style(...[task, output]: Parameters<DefaultRenderer['style']>): string {
    const stopped =
      task.isCompleted() && task.hasSubtasks() && task.subtasks.some((below) => below.isSkipped());
    return stopped ? paint(2)(stoppedIcon) : super.style(task, output);
  }

  protected override format(message: string, icon: string, level: number): string[] {
    if (message.trim() === '') return [];
    const indent = ' '.repeat(level * 2);
    // two columns for the icon, one so that no terminal wraps the line
    return [`${indent}${icon} ${cut(message, this.settings.columns() - indent.length - 3)}`];
  }
}

function cut(text: string, columns: number): string {
  const characters = Array.from(text);
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(columns - 1, 0)).join('')}…`;
}
