// Fails when what would be published has problems: publint's findings, missing files, or more than 2 MB to download.
import {execFileSync} from 'node:child_process';
import {publint} from 'publint';
import {formatMessage} from 'publint/utils';
import {root} from './bundle.js';

const limit = 2_000_000;
const required = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'bin/run.js',
  'dist/cli.js',
  'oclif.manifest.json',
];

const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
);
const files = packed.files.map((file) => file.path);
const {messages, pkg} = await publint({pkgDir: root, strict: true, pack: false});

const problems = [
  ...messages.map((message) => formatMessage(message, pkg, {color: false})),
  ...required.filter((file) => !files.includes(file)).map((file) => `the package lacks ${file}`),
  ...files
    .filter((file) => /\.(ts|map|test\.js)$/.test(file))
    .map((file) => `the package should not hold ${file}`),
  ...(packed.size > limit ? [`the package is ${packed.size} bytes, more than ${limit}`] : []),
];
process.stdout.write(
  `${packed.filename}: ${files.length} files, ${(packed.size / 1e6).toFixed(2)} MB packed\n`,
);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
