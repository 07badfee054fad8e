// Says what keeps a tag from being released, before half an hour of tests: node scripts/release-check.js v1.2.3
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {notesOf} from './release-notes.js';
import {root} from './root.js';

const [tag] = process.argv.slice(2);
if (tag === undefined) throw new Error('usage: node scripts/release-check.js TAG');
const {version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const locked = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).version;

const problems = [
  tag !== `v${version}` && `the tag: expected v${version}, as package.json says, found ${tag}`,
  locked !== version && `package-lock.json: expected version ${version}, found ${locked}`,
  lacksNotes(),
  git('status', '--porcelain') !== '' && 'the work tree: expected no changes, found some (git status)',
  !onMain() && 'the commit: expected one that origin/main has, found another',
].filter(Boolean);
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) {
  process.stderr.write(`Nothing was released. Mend this on main, then move the tag:
  git push origin :${tag} && git tag --force v${version} main && git push origin v${version}\n`);
  process.exitCode = 1;
}

function lacksNotes() {
  try {
    return notesOf(version).trim() === '' && `CHANGELOG.md: expected notes below [${version}], found none`;
  } catch (error) {
    return error.message;
  }
}

function onMain() {
  try {
    git('merge-base', '--is-ancestor', 'HEAD', 'origin/main');
    return true;
  } catch {
    return false;
  }
}

function git(...args) {
  return execFileSync('git', args, {cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
}
