import {forgetPlanted} from './canary.ts';
import {debianTools, marker, missing, realTools, type RealTool} from './real-tools.ts';

interface Outcome {
  readonly title: string;
  readonly as: 'passed' | 'failed' | 'skipped';
  /** What a failed test said, otherwise nothing. */
  readonly message: string;
}

const outcomes: Outcome[] = [];

// with several files at once these are called before each file's first test
export const mochaHooks = {beforeAll: forgetPlanted};

/** Loaded by .mocharc.json, and called once a run, however many processes it has: a missing tool may be a failure. */
export function mochaGlobalSetup(this: Mocha.Runner): void {
  const absent = missing(debianTools);
  if (process.env.REQUIRE_REAL_TOOLS === '1' && absent.length > 0) {
    throw new Error(`REQUIRE_REAL_TOOLS=1, but not installed: ${absent.join(', ')}`);
  }
  const note = (as: Outcome['as']) => (test: Mocha.Runnable, error?: Error) =>
    outcomes.push({title: test.fullTitle(), as, message: error?.message ?? ''});
  this.on('pass', note('passed')).on('fail', note('failed')).on('pending', note('skipped'));
}

/** Says at the end which tests failed, which real tools took part, and how many tests ended how: a log is read from its end. */
export function mochaGlobalTeardown(): void {
  const tools = realTools.map((tool) => `    ${tool.padEnd(16)}${part(tool)}`);
  const counts = (['passed', 'failed', 'skipped'] as const).map((as) => `${count(as)} ${as}`);
  process.stdout.write(
    [...failures(), '\n  real tools', ...tools, '', `  ${counts.join(', ')}`, ''].join('\n'),
  );
}

function failures(): string[] {
  const failed = outcomes.filter(({as}) => as === 'failed');
  if (failed.length === 0) return [];
  return [
    '\n  failed',
    ...failed.flatMap(({title, message}) => [`    ${title}`, `      ${message.slice(0, 500)}`]),
  ];
}

function part(tool: RealTool): string {
  const concerned = outcomes.filter(({title}) => title.includes(marker(tool)));
  const skipped = count('skipped', concerned);
  if (missing([tool]).length > 0) return `not installed, ${skipped} tests skipped`;
  const others = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `found, ${concerned.length - skipped} tests ran against it${others}`;
}

function count(as: Outcome['as'], among = outcomes): number {
  return among.filter((outcome) => outcome.as === as).length;
}
