import {expect} from 'chai';
import {execFileSync} from 'node:child_process';
import {linkSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {built} from '../support/built.ts';
import {isolated, packageFolder} from '../support/cli.ts';
import {commit, remove, temporaryFolder} from '../support/git.ts';
import {promotesBetweenRegistries, ran} from '../support/installation.ts';
import {repositoryFiles} from '../support/promotion-home.ts';
import {describeWithRealRegistry} from '../support/real-registry.ts';
import {describeSlow} from '../support/slow-tests.ts';

const system = `${process.platform}-${process.arch}`;

// what is said where a program's loader, its C library or an emulator for its processor is missing
const foreign =
  /ENOENT|ENOEXEC|Exec format|Syntax error|not found|Could not open '\/lib|Error loading shared library/;

describeSlow('corectl as one file', function () {
  this.timeout(600_000);
  let folder: string;
  let corectl: string;
  before(function () {
    folder = temporaryFolder();
    built(this, 'one-file.js', folder);
    corectl = path.join(folder, `corectl-${system}`);
  });
  after(() => {
    remove(folder);
  });

  /** Nothing on the PATH but git and a shell: no Node. */
  const bare = () => {
    const bin = path.join(folder, 'bin');
    execFileSync('sh', ['-c', `mkdir -p ${bin} && ln -sf "$(command -v git)" "$(command -v sh)" ${bin}`]);
    return {...isolated(folder), PATH: bin};
  };

  it('tells its version, and takes the tour without Node', async () => {
    const {stdout} = await ran([corectl, '--version'], bare());
    expect(stdout).to.match(new RegExp(`^corectl/\\d+\\.\\d+\\.\\d+ (commit-[0-9a-f]{12} )?${system} `));
    const tour = await ran([corectl, 'sandbox', '--run'], bare());
    expect(tour.code, tour.stderr).to.equal(0);
    expect(tour.stdout).to.match(/\nVerified: /);
  });

  it('is the same bytes wherever it is built, and says what is in it', function () {
    const elsewhere = path.join(folder, 'elsewhere');
    built(this, 'one-file.js', elsewhere);
    const again = readFileSync(path.join(elsewhere, path.basename(corectl)));
    expect(again.equals(readFileSync(corectl))).to.equal(true);
    const {components} = JSON.parse(readFileSync(path.join(folder, 'sbom.cdx.json'), 'utf8')) as {
      components: {name: string}[];
    };
    expect(components.map(({name}) => name)).to.include.members(['bun', 'yaml']);
    expect(readFileSync(path.join(folder, 'THIRD-PARTY-LICENSES'), 'utf8')).to.match(/^bun \d/m);
  });

  it('reads no settings of its runtime from where it runs', async () => {
    writeFileSync(path.join(folder, '.env'), 'CORECTL_HOME=/from-dot-env\n');
    writeFileSync(path.join(folder, 'bunfig.toml'), 'preload = ["./evil.js"]\n');
    writeFileSync(path.join(folder, 'evil.js'), 'console.log("evil")\n');
    const env = {PATH: bare().PATH, HOME: folder};
    const {code, stdout, stderr} = await ran(['sh', '-c', `cd ${folder} && exec ${corectl} env list`], env);
    expect(code).to.equal(2);
    expect(stdout + stderr)
      .to.contain('corectl init')
      .and.to.not.match(/evil|dot-env/);
  });

  it('runs from wherever it lies, and heeds nothing that Node is told', async () => {
    const place = path.join(folder, 'a place');
    mkdirSync(place);
    linkSync(corectl, path.join(place, 'corectl'));
    symlinkSync('corectl', path.join(place, 'link'));
    const env = {
      ...bare(),
      ...{NODE_OPTIONS: '--require=/missing.js', NODE_EXTRA_CA_CERTS: '/missing.pem', BUN_OPTIONS: '--smol'},
    };
    const {code, stdout, stderr} = await ran([path.join(place, 'link'), 'sandbox', '--run'], env);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/\nVerified: /);
  });

  it('shares a home with another installation', async () => {
    const repository = path.join(folder, 'environments');
    commit(repository, repositoryFiles({registries: {dev: 'localhost:1'}, stages: {prod: ['dev']}}));
    const env = bare();
    const node = [process.execPath, path.join(packageFolder, 'bin/run.js')];
    const init = await ran([...node, 'init', '-e', repository], env);
    expect(init.code, init.stderr).to.equal(0);
    const kept = () =>
      readdirSync(path.join(folder, 'corectl'), {recursive: true}).filter((file) =>
        /model/.test(String(file)),
      );
    const told: {code: number | null; stdout: string; kept: unknown}[] = [];
    for (const command of [[corectl], node, [corectl], node])
      told.push({...(await ran([...command, 'p2p', 'stages', '--json'], env)), kept: kept()});
    expect(told.map(({code}) => code)).to.deep.equal([0, 0, 0, 0]);
    expect(new Set(told.map(({stdout}) => stdout))).to.have.property('size', 1);
    expect(told[1]!.kept).to.not.deep.equal([]);
    // neither makes room for its own by removing the other's
    expect(told.slice(1).map((one) => one.kept)).to.deep.equal(told.slice(1).map(() => told[1]!.kept));
  });

  describeWithRealRegistry('between two registries', () => {
    it('promotes', () => promotesBetweenRegistries([corectl]));
  });

  // they start where another C library or an emulator stands ready, as a release has them
  for (const other of ['linux-x64-musl', 'linux-arm64', 'linux-arm64-musl'].filter((one) => one !== system)) {
    it(`takes the tour as ${other}`, async function () {
      built(this, 'one-file.js', folder, other);
      const file = path.join(folder, `corectl-${other}`);
      const version = await ran([file, '--version'], bare());
      if (version.code !== 0 && foreign.test(version.stderr)) {
        this.test!.title += ': skipped, this machine has no library or emulator for it';
        return this.skip();
      }
      expect(version.code, version.stderr).to.equal(0);
      expect(version.stdout).to.contain(` ${other.replace('-musl', '')} `);
      const tour = await ran([file, 'sandbox', '--run'], bare());
      expect(tour.code, tour.stderr).to.equal(0);
      expect(tour.stdout).to.match(/\nVerified: /);
    });
  }
});
