import {expect} from 'chai';
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {unreachable} from '../support/built.ts';
import type {CliResult} from '../support/cli.ts';
import {git, remove, temporaryFolder} from '../support/git.ts';
import {npmRegistry, type NpmRegistry} from '../support/npm-registry.ts';
import {digestAt} from '../support/real-image.ts';
import {startRealRegistry, type RealRegistry} from '../support/real-registry.ts';
import {describeWith} from '../support/real-tools.ts';
import {releaseRun, releaseVersion as version, type ReleaseRun} from '../support/release-run.ts';
import {describeSlow, slowTests} from '../support/slow-tests.ts';

const suite = slowTests
  ? (title: string, define: (this: Mocha.Suite) => void) => {
      describeWith(['act', 'cosign', 'docker-registry'], title, define);
    }
  : describeSlow;

suite('the release workflow, run by act', function () {
  this.timeout(1_800_000);
  let folder: string;
  let images: RealRegistry;
  let packages: NpmRegistry;
  let release: ReleaseRun;
  let first: CliResult;
  before(async function () {
    folder = temporaryFolder();
    images = await startRealRegistry();
    packages = await npmRegistry();
    release = releaseRun(folder, {images: images.host, packages: packages.url});
    first = await release.run(['build', 'publish']);
    if (/release\/build\].*Job succeeded/.test(first.stdout) || !unreachable.test(first.stdout)) return;
    this.test!.title += ': skipped, what it downloads cannot be had';
    this.skip();
  });
  after(async () => {
    await images.stop();
    await packages.close();
    remove(folder);
  });

  it('builds all from the tag, and publishes until npm misses what GitHub alone gives', async () => {
    const {code, stdout, stderr} = first;
    expect(code, stdout + stderr).to.equal(1);
    expect(succeeded(stdout), stdout + stderr).to.include.members([
      'The tag may be released',
      'Build everything',
      'Make the container images',
      'Assemble the action',
      'Sign the checksums',
      'Push the images and sign them',
    ]);
    expect(stdout).to.match(/Failure - Main Publish to npm/);
    expect(stdout).to.match(/requires "write" access to the "id-token" permission/);
    expect(await pushed()).to.match(/^sha256:/);
    expect(packages.published).to.deep.equal([]);
    expect(readdirSync(release.assets)).to.deep.equal([]);
  });

  it('goes on with half a release when it is run again', async () => {
    const before = await pushed();
    const {code, stdout, stderr} = await withoutProvenance();
    expect(code, stdout + stderr).to.equal(0);
    expect(await pushed()).to.equal(before);
    expect(packages.published).to.deep.equal([`corectl@${version} as latest`]);
    const files = readdirSync(path.join(release.assets, `v${version}`));
    expect(files).to.include.members([
      ...['corectl-linux-x64', 'corectl-darwin-arm64', 'corectl.rb', `corectl_${version}_arm64.deb`],
      ...['SHA256SUMS', 'SHA256SUMS.sigstore.json', 'sbom.cdx.json', 'THIRD-PARTY-LICENSES'],
    ]);
    expect(files).to.not.include('NOTES.md');
    const [major] = version.split('.');
    expect(git(release.origin, 'rev-parse', `v${major}`)).to.equal(
      git(release.origin, 'rev-parse', `action-v${version}`),
    );
    expect(git(release.origin, 'show', `v${major}:action.yml`)).to.contain('main: main.js');
  });

  it('changes nothing when all is there', async () => {
    const tag = git(release.origin, 'rev-parse', `action-v${version}`);
    const {code, stdout, stderr} = await withoutProvenance();
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.contain(`corectl@${version} is on npm already`);
    expect(packages.published).to.have.length(1);
    expect(git(release.origin, 'rev-parse', `action-v${version}`)).to.equal(tag);
  });

  it('stops where npm has another package of this version', async () => {
    const file = path.join(release.artifact, `release/corectl-${version}.tgz`);
    const whole = readFileSync(file);
    // gzip heeds nothing that follows
    writeFileSync(file, Buffer.concat([whole, Buffer.alloc(512)]));
    const {code, stdout} = await withoutProvenance();
    writeFileSync(file, whole);
    expect(code).to.equal(1);
    expect(stdout).to.contain('A version is published once');
  });

  /** The second job, as a re-run of the jobs that failed, with an npm that does not ask who runs it. */
  function withoutProvenance() {
    return release.run(['publish'], {provenance: false});
  }

  const pushed = () => digestAt(`${images.origin}/v2/coreeng/corectl`, version, {});
});

/** The names of the steps that passed. */
function succeeded(log: string): string[] {
  return Array.from(log.matchAll(/Success - Main (.+?) \[/g), ([, name = '']) => name);
}
