import {debianTools, marker, missing, realTools, type RealTool} from './real-tools.ts';

interface Outcome {
  readonly title: string;
  readonly as: 'passed' | 'failed' | 'skipped';
}

const outcomes: Outcome[] = [];

/** Loaded by .mocharc.json, and called once a run, however many processes it has: a missing tool may be a failure. */
export function mochaGlobalSetup(this: Mocha.Runner): void {
  const absent = missing(debianTools);
  if (process.env.REQUIRE_REAL_TOOLS === '1' && absent.length > 0) {
    throw new Error(`REQUIRE_REAL_TOOLS=1, but not installed: ${absent.join(', ')}`);
  }
  const note = (as: Outcome['as']) => (test: Mocha.Runnable) => outcomes.push({title: test.fullTitle(), as});
  this.on('pass', note('passed')).on('fail', note('failed')).on('pending', note('skipped'));
}

/** Says at the end which real tools took part, and how many tests ended how. */
export function mochaGlobalTeardown(): void {
  const tools = realTools.map((tool) => `    ${tool.padEnd(16)}${part(tool)}`);
  const counts = (['passed', 'failed', 'skipped'] as const).map((as) => `${count(as)} ${as}`);
  process.stdout.write(['\n  real tools', ...tools, '', `  ${counts.join(', ')}`, ''].join('\n'));
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
