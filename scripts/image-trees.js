import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {debianPackages} from './debian.js';
import {baseParts, debugParts} from './image-parts.js';
import {licensesFile, sbomFile} from './inventory.js';
import {root} from './root.js';

/** Where corectl keeps what it knows in a container; any user may write there. */
export const containerHome = '/corectl';

/** Puts Debian's parts for an architecture into an empty folder, and what programs expect to find in a root. */
export function baseTree(tree, architecture) {
  unpackAll(tree, baseParts, architecture);
  trustStore(tree);
  // names of hosts are looked for in /etc/hosts first
  write(tree, 'etc/nsswitch.conf', 'hosts: files dns\n');
  for (const folder of ['tmp', containerHome]) {
    mkdirSync(path.join(tree, folder));
    chmodSync(path.join(tree, folder), 0o1777);
  }
}

/** Puts corectl and what tells what it is made of into an empty folder; `inventory` is the folder of those files. */
export function programTree(tree, program, inventory) {
  const place = (source, file, mode = 0o644) => {
    mkdirSync(path.dirname(path.join(tree, file)), {recursive: true});
    copyFileSync(source, path.join(tree, file));
    chmodSync(path.join(tree, file), mode);
  };
  place(program, 'usr/bin/corectl', 0o755);
  place(path.join(root, 'LICENSE'), 'usr/share/doc/corectl/copyright');
  for (const file of [licensesFile, sbomFile])
    place(path.join(inventory, file), `usr/share/doc/corectl/${file}`);
}

/** Puts a shell's company into an empty folder: busybox under the names of all that it can do, but for the shell that is there. */
export function debugTree(tree, architecture) {
  unpackAll(tree, debugParts, architecture);
  for (const name of applets().filter((applet) => !['busybox', 'sh'].includes(applet)))
    symlinkSync('busybox', path.join(tree, 'bin', name));
}

/** busybox tells itself what it can do; that of this machine's architecture can be asked, and is the same version. */
function applets() {
  const own = process.arch === 'x64' ? 'amd64' : process.arch;
  const [file] = debianPackages(['busybox-static'], own).values();
  const program = execFileSync('tar', ['--extract', '--to-stdout', './bin/busybox'], {
    input: contentOf(file),
    maxBuffer: maxBytes,
  });
  const copy = path.join(path.dirname(file), 'busybox');
  writeFileSync(copy, program, {mode: 0o755});
  return execFileSync(copy, ['--list'], {encoding: 'utf8'}).trim().split('\n');
}

function unpackAll(tree, parts, architecture) {
  for (const [name, file] of debianPackages(Object.keys(parts), architecture)) {
    unpack(tree, file, patternsOf(name, parts[name]));
    // as distroless images have it, so that those who look for vulnerabilities know what is here
    write(tree, `var/lib/dpkg/status.d/${name}`, execFileSync('dpkg-deb', ['--field', file]));
  }
}

const patternsOf = (name, patterns) =>
  patterns.some((pattern) => pattern.startsWith('./usr/share/doc/'))
    ? patterns
    : [...patterns, `./usr/share/doc/${name}/copyright`];

function unpack(tree, file, patterns) {
  const args = ['--extract', '--directory', tree, '--no-same-owner', '--wildcards', ...patterns];
  execFileSync('tar', args, {input: contentOf(file), stdio: ['pipe', 'ignore', 'pipe']});
}

// git's is 45 MB
const maxBytes = 256 * 1024 * 1024;

const contentOf = (file) => execFileSync('dpkg-deb', ['--fsys-tarfile', file], {maxBuffer: maxBytes});

/** All certificates as one file, which is what installing the package does. */
function trustStore(tree) {
  const source = path.join(tree, 'usr/share/ca-certificates');
  const files = readdirSync(source, {recursive: true}).filter((file) => file.endsWith('.crt'));
  const texts = files.sort().map((file) => readFileSync(path.join(source, file), 'utf8').trimEnd());
  write(tree, 'etc/ssl/certs/ca-certificates.crt', `${texts.join('\n')}\n`);
  rmSync(source, {recursive: true});
}

function write(tree, file, content) {
  mkdirSync(path.dirname(path.join(tree, file)), {recursive: true});
  writeFileSync(path.join(tree, file), content);
}
