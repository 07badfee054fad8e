import {marker, missing, realTools, type RealTool} from './real-tools.ts';

/** Loaded by .mocharc.json: says at the end of every run which real tools took part. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeAll() {
    const absent = missing(realTools);
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
  const concerned =
    root === undefined ? 0 : testsOf(root).filter((title) => title.includes(marker(tool))).length;
  return missing([tool]).length === 0
    ? `found, ${concerned} tests ran against it`
    : `not installed, ${concerned} tests skipped`;
}

function testsOf(suite: Mocha.Suite): string[] {
  return [...suite.tests.map((test) => test.fullTitle()), ...suite.suites.flatMap(testsOf)];
}
