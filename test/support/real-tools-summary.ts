import {writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {beginRun, currentRun, endRun} from './canary-run.ts';
import {forgetPlanted} from './canary.ts';
import {debianTools, marker, missing, realTools, type RealTool} from './real-tools.ts';

interface Outcome {
  readonly title: string;
  readonly file: string;
  readonly as: 'passed' | 'failed' | 'skipped';
  /** What a failed test said, otherwise nothing. */
  readonly message: string;
}

const outcomes: Outcome[] = [];

const [request, secureRequest] = [http.request, https.request];

// with several files at once these are called before each file's first test, and after its last one
export const mochaHooks = {
  beforeAll: forgetPlanted,
  afterAll: (): void => {
    currentRun()?.flush();
    if (http.request !== request || https.request !== secureRequest)
      throw new Error(
        "something stands in for Node's requests: no test is to see it, in this file or a later one",
      );
  },
};

/** Loaded by .mocharc.json, and called once a run, however many processes it has: a missing tool may be a failure. */
export function mochaGlobalSetup(this: Mocha.Runner): void {
  beginRun();
  const absent = missing(debianTools);
  if (process.env.REQUIRE_REAL_TOOLS === '1' && absent.length > 0) {
    throw new Error(`REQUIRE_REAL_TOOLS=1, but not installed: ${absent.join(', ')}`);
  }
  const note = (as: Outcome['as']) => (test: Mocha.Runnable, error?: Error) =>
    outcomes.push({title: test.fullTitle(), file: test.file ?? '', as, message: error?.message ?? ''});
  this.on('pass', note('passed')).on('fail', note('failed')).on('pending', note('skipped'));
}

/**
 * Says at the end which real tools took part, where secrets were found, which tests failed, and how many tests ended how: a log
 * is read from its end. A secret that any test planted and any other one has seen elsewhere makes the run a failure.
 */
export function mochaGlobalTeardown(): void {
  const tools = realTools.map((tool) => `    ${tool.padEnd(16)}${part(tool)}`);
  const counts = (['passed', 'failed', 'skipped'] as const).map((as) => `${count(as)} ${as}`);
  const {secrets, characters, found} = endRun();
  const looked = `  ${secrets} secrets looked for in ${(characters / 1e6).toFixed(1)} MB of output, files and requests: `;
  const places = found.length === 0 ? ['none found'] : ['FOUND', ...found.map((one) => `\n    ${one}`)];
  process.stdout.write(
    [
      '\n  real tools',
      ...tools,
      '',
      looked + places.join(''),
      ...failures(),
      '',
      `  ${counts.join(', ')}`,
      '',
    ].join('\n'),
  );
  // what is thrown here is the only word that mocha takes from its end
  if (found.length > 0) throw new Error(`secrets were found in ${found.length} foreign places`);
  const {CORECTL_FAILED_TESTS: list} = process.env;
  if (list !== undefined) writeFileSync(list, JSON.stringify(failed()));
}

const failed = (): readonly Outcome[] => outcomes.filter(({as}) => as === 'failed');

function failures(): string[] {
  if (failed().length === 0) return [];
  return [
    '\n  failed',
    ...failed().flatMap(({title, message}) => [`    ${title}`, `      ${message.slice(0, 500)}`]),
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
