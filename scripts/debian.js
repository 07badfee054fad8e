import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync} from 'node:fs';
import path from 'node:path';
import {root} from './root.js';

/** The architectures that packages are fetched for, by Debian's names, which are those of OCI as well. */
export const architectures = ['amd64', 'arm64'];

/** The versions and checksums that are taken: `node scripts/image-lock.js` writes them anew. */
export const lockFile = path.join(root, 'scripts/image-lock.json');

const cache = path.join(root, 'node_modules/.cache/debian');

/** The locked packages of these names as files, by their names. Raises where the archive has one no more, or another of its version. */
export function debianPackages(names, architecture) {
  const lock = JSON.parse(readFileSync(lockFile, 'utf8'))[architecture];
  const unlocked = names.filter((name) => lock[name] === undefined);
  if (unlocked.length > 0) throw new Error(`${lockFile} lacks ${unlocked.join(', ')}: ${howToLock}`);
  const missing = names.filter((name) => !existsSync(fileOf(lock[name])));
  if (missing.length > 0) fetchAll(missing, architecture, lock);
  return new Map(names.map((name) => [name, fileOf(lock[name])]));
}

/** What the archive has of these names now: version and checksum, by the name. */
export function newestPackages(names, architecture) {
  update();
  const lines = apt(architecture, ['--print-uris', 'download', ...names]).split('\n');
  const found = lines.map((line) => /^'\S+' ([^_\s]+)_([^_\s]+)_\S+ \d+ SHA256:([0-9a-f]{64})$/.exec(line));
  const entries = found
    .filter((match) => match !== null)
    .map(([, name, version, sha256]) => [name, {version: decodeURIComponent(version), sha256}]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const howToLock = 'node scripts/image-lock.js takes the versions that the archive has now';

const fileOf = ({sha256}) => path.join(cache, `${sha256}.deb`);

function fetchAll(names, architecture, lock) {
  update();
  const folder = mkdtempSync(path.join(cache, 'fetch-'));
  try {
    apt(architecture, ['download', ...names.map((name) => `${name}=${lock[name].version}`)], {cwd: folder});
    for (const file of readdirSync(folder)) take(path.join(folder, file), lock);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function take(file, lock) {
  const [name] = path.basename(file).split('_');
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (sha256 !== lock[name].sha256) {
    throw new Error(`${name}: expected ${lock[name].sha256}, found ${sha256}`);
  }
  renameSync(file, fileOf(lock[name]));
}

let updated = false;

function update() {
  if (updated) return;
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(path.join(cache, folder), {recursive: true});
  }
  apt('amd64', ['update']);
  updated = true;
}

/** Runs apt on the machine's sources with a state of our own: no architecture, list or package of the machine's changes. */
function apt(architecture, args, options = {}) {
  const settings = [
    `Dir::State=${path.join(cache, 'state')}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${path.join(cache, 'cache')}`,
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
    `APT::Architecture=${architecture}`,
    ...architectures.map((name) => `APT::Architectures::=${name}`),
  ].flatMap((setting) => ['-o', setting]);
  const all = [...settings, '--quiet', ...args];
  const {status, stdout, stderr, error} = spawnSync('apt-get', all, {encoding: 'utf8', ...options});
  if (status === 0) return stdout;
  throw new Error(`apt-get ${args[0]} failed (${howToLock}): ${error?.message ?? stderr}`);
}
