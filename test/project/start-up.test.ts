import {expect} from 'chai';
import {spawnSync} from 'node:child_process';
import {cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {cloneDirectory} from '../../src/lib/environments/home.ts';
import {packageFolder, runCli} from '../support/cli.ts';
import {evaluatedIn} from '../support/evaluated.ts';
import {initialisedHome} from '../support/initialised-home.ts';

const libraries = path.join(packageFolder, 'dist/libraries');

// text that only the library's own code has
const clouds = {
  'the AWS SDK': 'AmazonEC2ContainerRegistry_V20150921',
  '@azure/identity': 'msal',
  'google-auth-library': 'workforcePoolUserProject',
} as const;

describe('starting up', () => {
  let coverage: string;
  beforeEach(() => {
    coverage = mkdtempSync(path.join(tmpdir(), 'corectl-coverage-'));
  });
  afterEach(() => {
    rmSync(coverage, {recursive: true, force: true});
  });

  it('loads no library for what needs none, and no command but the one that runs', async () => {
    const {code} = await runCli(['p2p', 'promote', 'app', '--json'], {env: {NODE_V8_COVERAGE: coverage}});
    expect(code).to.equal(2);
    const evaluated = evaluatedIn(coverage);
    expect(evaluated.filter((one) => /^(?:src\/commands|libraries)\//.test(one))).to.deep.equal([
      'src/commands/p2p/promote.ts',
    ]);
  });

  it('parses nothing of the environments repository and the settings while they are as they were', async () => {
    const {work, home} = await initialisedHome();
    try {
      const promotion = ['p2p', 'promote', 'app:1', '--tenant', 'payments', '--from-stage', 'prod'];
      const parsed = async (name: string) => {
        const env = {NODE_V8_COVERAGE: path.join(coverage, name)};
        // prod is the last stage: it ends before any registry is asked
        expect((await runCli([...promotion, '--dry-run', '--offline'], {home, env})).code).to.equal(2);
        return evaluatedIn(path.join(coverage, name)).filter((one) =>
          /^node_modules\/(?:yaml|zod)\//.test(one),
        );
      };
      expect(await parsed('first')).not.to.deep.equal([]);
      const git = path.join(cloneDirectory(path.join(home, 'corectl')), '.git');
      const [kept = ''] = readdirSync(git).filter((name) => name.startsWith('corectl-model-'));
      // as if it had been kept long after the last change
      const later = Date.now() / 1000 + 60;
      utimesSync(path.join(git, kept), later, later);
      expect(await parsed('second')).to.deep.equal([]);
    } finally {
      rmSync(work, {recursive: true, force: true});
    }
  });

  it('says what to do in a clone that is not built', () => {
    cpSync(path.join(packageFolder, 'bin'), path.join(coverage, 'bin'), {recursive: true});
    const entry = path.join(coverage, 'bin/run.js');
    const {status, stderr} = spawnSync(process.execPath, [entry, 'p2p', 'stages'], {encoding: 'utf8'});
    expect({status, stderr}).to.deep.equal({
      status: 1,
      stderr: `error[not-built]: ${path.join(coverage, 'dist/start.cjs')} is missing\n  → npm ci && npm run build\n`,
    });
  });

  it('keeps libraries of clouds out of the file that every start loads', () => {
    const cli = readFileSync(path.join(packageFolder, 'dist/cli.cjs'), 'utf8');
    const apart = readdirSync(libraries).map((file) => readFileSync(path.join(libraries, file), 'utf8'));
    for (const [name, text] of Object.entries(clouds)) {
      expect(cli, name).not.to.contain(text);
      expect(
        apart.some((one) => one.includes(text)),
        name,
      ).to.equal(true);
    }
  });
});
