import {ownCommand} from '../build.ts';

export interface ChildOptions {
  /** Variables that corectl is to see besides those of the user that say nothing of tenants, credentials or proxies. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly output: 'stdout' | 'stderr';
  readonly signal: AbortSignal;
}

/** Runs this corectl with its output shown; resolves to its exit code, or -1 where it came to none. */
export async function runCorectl(
  args: readonly string[],
  {environment, output, signal}: ChildOptions,
): Promise<number> {
  const {execa} = await import('execa');
  const [program, ...first] = ownCommand(process);
  const {exitCode = -1} = await execa(program, [...first, ...args], {
    env: {...inherited(process.env), ...environment},
    extendEnv: false,
    reject: false,
    stdio: ['ignore', output === 'stderr' ? 2 : 'inherit', 'inherit'],
    cancelSignal: signal,
  });
  return exitCode;
}

const passedOn = [
  'PATH',
  'HOME',
  'TERM',
  'COLORTERM',
  'NO_COLOR',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'NODE_V8_COVERAGE',
];

function inherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
