import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import {licensesFile, sbomFile} from './inventory.js';
import {root} from './root.js';

/** Where the shells of Debian look for what packages bring. */
const completions = {
  bash: 'bash-completion/completions/corectl',
  zsh: 'zsh/vendor-completions/_corectl',
  fish: 'fish/vendor_completions.d/corectl.fish',
};

/** Makes a Debian package of the one file, of the inventory beside it, of the manual and the completions, for an architecture (`amd64`, `arm64`) in `folder`; equal input gives equal bytes. The manual is that of the package in `built`, which is asked for the completions, too: the program may be for another architecture. */
export function debOf(program, architecture, {folder, description, seconds, built = root}) {
  const manual = path.join(built, 'dist/man');
  const completionFor = (shell) =>
    execFileSync(process.execPath, [path.join(built, 'bin/run.js'), 'completion', shell]);
  const stage = mkdtempSync(path.join(folder, '.deb-'));
  try {
    const {name, version, summary, homepage, license} = description;
    const place = (source, file, mode) => {
      mkdirSync(path.dirname(path.join(stage, file)), {recursive: true, mode: 0o755});
      copyFileSync(source, path.join(stage, file));
      chmodSync(path.join(stage, file), mode);
    };
    chmodSync(stage, 0o755);
    place(program, `usr/bin/${name}`, 0o755);
    place(path.join(root, 'LICENSE'), `usr/share/doc/${name}/copyright`, 0o644);
    for (const file of [licensesFile, sbomFile])
      place(path.join(path.dirname(program), file), `usr/share/doc/${name}/${file}`, 0o644);
    const write = (file, content) => {
      mkdirSync(path.dirname(path.join(stage, file)), {recursive: true, mode: 0o755});
      writeFileSync(path.join(stage, file), content, {mode: 0o644});
    };
    for (const page of readdirSync(manual))
      write(`usr/share/man/man1/${page}.gz`, gzipSync(readFileSync(path.join(manual, page)), {level: 9}));
    for (const [shell, file] of Object.entries(completions)) write(`usr/share/${file}`, completionFor(shell));
    mkdirSync(path.join(stage, 'DEBIAN'));
    const control = {
      Package: name,
      // a pre-release is older than its release
      Version: version.replace('-', '~'),
      Architecture: architecture,
      Maintainer: `${name} maintainers <${homepage}>`,
      Depends: 'libc6, git, ca-certificates',
      Section: 'devel',
      Priority: 'optional',
      Homepage: homepage,
      Description: `${summary}\n License: ${license}`,
    };
    const text = Object.entries(control).map(([key, value]) => `${key}: ${value}\n`);
    writeFileSync(path.join(stage, 'DEBIAN/control'), text.join(''));
    const file = path.join(folder, `${name}_${version}_${architecture}.deb`);
    const env = {...process.env, SOURCE_DATE_EPOCH: String(seconds)};
    execFileSync('dpkg-deb', ['--build', '--root-owner-group', '-Zgzip', stage, file], {
      env,
      stdio: 'ignore',
    });
    return file;
  } finally {
    rmSync(stage, {recursive: true, force: true});
  }
}
