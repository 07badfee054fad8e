import {debianTools, marker, missing, realTools, type RealTool} from './real-tools.ts';

/** Loaded by .mocharc.json: says at the end of every run which real tools took part. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeAll() {
    const absent = missing(debianTools);
    if (process.env.REQUIRE_REAL_TOOLS === '1' && absent.length > 0) {
      throw new Error(`REQUIRE_REAL_TOOLS=1, but not installed: ${absent.join(', ')}`);
    }
  },
  afterAll(this: Mocha.Context) {
    const root = rootOf(this.test?.parent);
    const lines = realTools.map((tool) => `    ${tool.padEnd(16)}${outcome(tool, root)}`);
    process.stdout.write(['\n\n  real tools', ...lines, ''].join('\n'));
  },
};

function rootOf(suite: Mocha.Suite | undefined): Mocha.Suite | undefined {
  return suite?.parent === undefined ? suite : rootOf(suite.parent);
}

function outcome(tool: RealTool, root: Mocha.Suite | undefined): string {
  const concerned = root === undefined ? [] : testsOf(root, tool);
  const skipped = concerned.filter((test) => test.isPending()).length;
  if (missing([tool]).length > 0) return `not installed, ${skipped} tests skipped`;
  const others = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `found, ${concerned.length - skipped} tests ran against it${others}`;
}

function testsOf(suite: Mocha.Suite, tool: RealTool): Mocha.Test[] {
  const own = suite.tests.filter((test) => test.fullTitle().includes(marker(tool)));
  return [...own, ...suite.suites.flatMap((inner) => testsOf(inner, tool))];
}
