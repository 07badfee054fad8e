import {expect} from 'chai';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {packageFolder} from '../support/cli.ts';
import {remove, temporaryFolder, writeFiles} from '../support/git.ts';
import {describeWith, executable} from '../support/real-tools.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const why =
  executable('dpkg') === undefined ? 'no dpkg here' : process.getuid?.() === 0 ? undefined : 'needs root';
const suite = why === undefined ? describe : describe.skip;

suite(`the Debian package${why === undefined ? '' : `: skipped, ${why}`}`, function () {
  this.timeout(120_000);
  let folder: string;
  let place: string;
  beforeEach(() => {
    folder = temporaryFolder();
    place = path.join(folder, 'root');
    for (const name of ['updates', 'info'])
      mkdirSync(path.join(place, 'var/lib/dpkg', name), {recursive: true});
    writeFileSync(path.join(place, 'var/lib/dpkg/status'), '');
  });
  afterEach(() => {
    remove(folder);
  });

  /** The package of a program that is as small as can be; for the one file it is the same. */
  const made = (version = '1.2.3') => {
    const program = '#!/bin/sh\necho corectl\n';
    writeFiles(folder, {program, 'THIRD-PARTY-LICENSES': 'texts', 'sbom.cdx.json': '{}'});
    const description = {
      name: 'corectl',
      version,
      summary: 's',
      homepage: 'https://example.com',
      license: 'MIT',
    };
    const options = {folder, description, seconds: 1_700_000_000, built: packageFolder};
    const code = `import {debOf} from '${root}scripts/deb.js';
      console.log(debOf('${folder}/program', 'all', ${JSON.stringify(options)}))`;
    return execFileSync(process.execPath, ['--input-type=module', '-e', code], {encoding: 'utf8'}).trim();
  };
  const dpkg = (...args: string[]) =>
    execFileSync('dpkg', [`--root=${place}`, '--log=/dev/null', '--force-depends', ...args], {stdio: 'pipe'});
  const files = (below: string) =>
    readdirSync(path.join(place, below), {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);

  it('is installed, and leaves nothing behind', () => {
    dpkg('--install', made());
    const program = path.join(place, 'usr/bin/corectl');
    expect(execFileSync(program, {encoding: 'utf8'})).to.equal('corectl\n');
    expect(files('usr/share')).to.include.members(['copyright', 'sbom.cdx.json', 'corectl.1.gz', '_corectl']);
    dpkg('--purge', 'corectl');
    expect(existsSync(path.join(place, 'usr'))).to.equal(false);
  });

  it('is older as a pre-release than the release that follows', () => {
    const versions = ['1.2.2', '1.2.3-rc.1', '1.2.3'].map((version) =>
      execFileSync('dpkg-deb', ['--field', made(version), 'Version'], {encoding: 'utf8'}).trim(),
    );
    for (const [at, version] of versions.slice(1).entries())
      execFileSync('dpkg', ['--compare-versions', versions[at]!, 'lt', version]);
  });

  describeWith(['zsh'], 'in zsh', () => {
    it("completes without a line in anybody's settings", () => {
      dpkg('--install', made());
      const folders = path.join(place, 'usr/share/zsh/vendor-completions');
      const script = `fpath=(${folders} $fpath); autoload -Uz compinit; compinit -u -D; print $_comps[corectl]; autoload +X _corectl`;
      expect(execFileSync('zsh', ['-fc', script], {encoding: 'utf8'})).to.equal('_corectl\n');
    });
  });
});
