// A command in a pseudo-terminal, as a person has it: its size, its keys and what is seen. Python brings the terminal.
import {spawn} from 'node:child_process';
import {executable} from './real-tools.ts';
import {ScreenModel} from './screen.ts';

/** Whether there is a Python to make terminals with. */
const hasPseudoTerminal = executable('python3') !== undefined;

/** A suite that needs a terminal: skipped, and said so in its title, where none can be made. */
export function describeInTerminal(title: string, define: (this: Mocha.Suite) => void): void {
  if (hasPseudoTerminal) describe(title, define);
  else describe.skip(`${title}: skipped, not installed: python3`, define);
}

export interface TerminalOptions {
  readonly columns: number;
  readonly height: number;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface Terminal {
  readonly screen: ScreenModel;
  /** All that was written, for what a screen does not show. */
  readonly raw: () => string;
  /** Resolves once the screen satisfies the condition; raises with the screen when the command ends before, or it takes longer than a test may. */
  readonly until: (condition: (screen: ScreenModel) => boolean) => Promise<void>;
  readonly type: (keys: string) => void;
  readonly resize: (columns: number, height: number) => void;
  /** The command's exit code, once it has ended. */
  readonly ended: Promise<number>;
}

// mocha's limit is two minutes
const mostMs = 110_000;

// fork a child in a new terminal; relay its output; obey lines of `keys HEX` and `size COLUMNS ROWS`
const relay = `
import fcntl, os, pty, select, struct, sys, termios
columns, rows = int(sys.argv[1]), int(sys.argv[2])
def size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
ready, go = os.pipe()
pid, fd = pty.fork()
if pid == 0:
    os.close(go)
    os.read(ready, 1)
    os.execvp(sys.argv[3], sys.argv[3:])
size(fd, columns, rows)
os.close(ready)
os.write(go, b'.')
pending = b''
inputs = [fd, 0]
while True:
    for one in select.select(inputs, [], [])[0]:
        if one == fd:
            try:
                data = os.read(fd, 65536)
            except OSError:
                data = b''
            if not data:
                status = os.waitpid(pid, 0)[1]
                sys.exit(os.waitstatus_to_exitcode(status) % 256)
            os.write(1, data)
        else:
            data = os.read(0, 65536)
            if not data:
                inputs.remove(0)
            *lines, pending = (pending + data).split(b'\\n')
            for line in lines:
                verb, *rest = line.decode().split()
                if verb == 'keys': os.write(fd, bytes.fromhex(rest[0]))
                else: size(fd, int(rest[0]), int(rest[1]))
`;

/** Runs a command in a terminal of that size. */
export function inTerminal(command: readonly string[], options: TerminalOptions): Terminal {
  const {columns, height, env, cwd} = options;
  const screen = new ScreenModel(columns, height);
  const child = spawn('python3', ['-c', relay, String(columns), String(height), ...command], {env, cwd});
  let raw = '';
  let changed = () => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text;
    screen.write(text);
    changed();
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      resolve(code ?? -1);
    });
  });
  const tell = (line: string) => {
    child.stdin.write(`${line}\n`);
  };
  return {
    screen,
    raw: () => raw,
    ended,
    until: (condition) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => {
          changed();
          reject(new Error(`${why}:\n${screen.text}\n${errors}`));
        };
        const limit = setTimeout(fail, mostMs, 'it does not come');
        changed = () => {
          if (!condition(screen)) return undefined;
          clearTimeout(limit);
          resolve();
          return undefined;
        };
        void ended.then(() => {
          clearTimeout(limit);
          fail('it ended before');
        });
        changed();
      }),
    type: (keys) => {
      tell(`keys ${Buffer.from(keys).toString('hex')}`);
    },
    resize: (toColumns, toHeight) => {
      screen.resize(toColumns, toHeight);
      tell(`size ${toColumns} ${toHeight}`);
    },
  };
}
