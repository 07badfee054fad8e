// Fails when what would be published has problems: publint's findings, missing or unexpected files, links of its pages that
// lead nowhere in it, or more than 2 MB to download.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {publint} from 'publint';
import {formatMessage} from 'publint/utils';
import {deadLinks, pagesOutOfReach} from './dead-links.js';
import {root} from './root.js';

const limit = 2_000_000;
// a pattern finds `import` in the text of a library, whose file esbuild wrote as CommonJS
const misled = 'FILE_INVALID_EXPLICIT_FORMAT';
// dist/ is an entry, a file with all commands and one a library, docs/ pages and pictures, schemas/ those of the
// JSON documents
const expected =
  /^(package\.json|LICENSE|oclif\.manifest\.json|[A-Z]+\.md|bin\/(run\.js|package\.json)|dist\/((start|cli|libraries\/[a-z0-9-]+)\.cjs|.+\.json|man\/.+\.1|THIRD-PARTY-LICENSES)|docs\/.+\.(md|svg)|schemas\/v\d+\/[a-z0-9-]+\.json)$/;
const required = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'bin/run.js',
  'bin/package.json',
  'dist/start.cjs',
  'dist/cli.cjs',
  'dist/THIRD-PARTY-LICENSES',
  'dist/sbom.cdx.json',
  'oclif.manifest.json',
  'schemas/v1/p2p-promote.json',
];

const {filename, size, files, tarball} = pack();
const names = files.map((file) => file.path);
const {messages, pkg} = await publint({strict: true, pack: {tarball}});

const problems = [
  ...messages
    .filter(({code}) => code !== misled)
    .map((message) => formatMessage(message, pkg, {color: false})),
  ...required.filter((file) => !names.includes(file)).map((file) => `the package lacks ${file}`),
  ...names
    .filter((file) => !expected.test(file) || file.endsWith('.test.js'))
    .map((file) => `the package should not hold ${file}`),
  ...deadLinks(names),
  ...pagesOutOfReach(names),
  ...(size > limit ? [`the package is ${size} bytes, more than ${limit}`] : []),
];
process.stdout.write(`${filename}: ${names.length} files, ${(size / 1e6).toFixed(2)} MB packed\n`);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** What `npm pack` tells and makes of the build as it is. */
function pack() {
  const folder = mkdtempSync(path.join(tmpdir(), 'corectl-pack-'));
  try {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const [packed] = JSON.parse(execFileSync('npm', args, {cwd: root, stdio: ['ignore', 'pipe', 'ignore']}));
    return {...packed, tarball: readFileSync(path.join(folder, packed.filename))};
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
