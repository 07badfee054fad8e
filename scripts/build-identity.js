import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFile, readdir} from 'node:fs/promises';
import path from 'node:path';
import {root} from './root.js';

/** A word that differs where the sources or the libraries' versions do. */
export async function buildIdentity() {
  const sources = await readdir(path.join(root, 'src'), {recursive: true});
  const files = [...sources.filter((file) => file.endsWith('.ts')).map((file) => `src/${file}`), ...settings];
  const hash = createHash('sha256');
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(await readFile(path.join(root, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

// what else decides what is bundled
const settings = [
  'package.json',
  'package-lock.json',
  'scripts/bundle.js',
  'scripts/oclif-commands.js',
  'scripts/oclif-stand-ins.js',
];

/** `{version, commit}`: the commit is null in a tree that is no clone. */
export async function release() {
  const {version} = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  return {version, commit: head()};
}

function head() {
  try {
    const options = {cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']};
    return execFileSync('git', ['rev-parse', '--verify', 'HEAD'], options).trim();
  } catch {
    return null;
  }
}
