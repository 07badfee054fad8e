import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {root} from './root.js';

/** The programs that can contain corectl, as packages of one system's binary, by the system's name in a release. */
export const runtimes = {
  'linux-x64': {
    package: '@oven/bun-linux-x64',
    integrity:
      'sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==',
  },
  'linux-arm64': {
    package: '@oven/bun-linux-aarch64',
    integrity:
      'sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==',
  },
  'linux-x64-musl': {
    package: '@oven/bun-linux-x64-musl',
    integrity:
      'sha512-10QoW/YfTgnURaGEaHpJCiXjLI2e5iTtfVDaA5JKcyUzaa1cq6cVUY9/Uq5XkYzvtRjHLRe9Oj/lTDIQcxy8HQ==',
  },
  'linux-arm64-musl': {
    package: '@oven/bun-linux-aarch64-musl',
    integrity:
      'sha512-XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==',
  },
  'darwin-x64': {
    package: '@oven/bun-darwin-x64',
    integrity:
      'sha512-qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==',
  },
  'darwin-arm64': {
    package: '@oven/bun-darwin-aarch64',
    integrity:
      'sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==',
  },
};

/** What all of them are: --version tells it. */
export const runtimeVersion = '1.4.5';

/** What an inventory says of it. */
export const runtimePackage = {
  name: 'bun',
  version: runtimeVersion,
  license: 'MIT',
  texts: [
    'Bun itself is MIT-licensed. It links JavaScriptCore and WebKit statically, which are under the LGPL-2, and other libraries:\nhttps://bun.sh/docs/project/licensing',
  ],
};

/** The system that this runs on. */
export const ownSystem = `${process.platform}-${process.arch}`;

/** The program for a system, whichever this one is: fetched once, with its checksum compared. */
export function runtimeFor(system) {
  const {package: name, integrity} = runtimes[system];
  const folder = path.join(root, 'node_modules/.cache/runtimes', `${system}-${runtimeVersion}`);
  const program = path.join(folder, 'package/bin/bun');
  if (existsSync(program)) return program;
  mkdirSync(folder, {recursive: true});
  const args = ['pack', `${name}@${runtimeVersion}`, '--json', '--pack-destination', folder];
  const stdio = ['ignore', 'pipe', 'inherit'];
  const [packed] = JSON.parse(execFileSync('npm', args, {encoding: 'utf8', stdio}));
  if (packed.integrity !== integrity) {
    throw new Error(`${name}@${runtimeVersion}: expected ${integrity}, found ${packed.integrity}`);
  }
  // the name that npm tells has slashes in some versions
  const archive = path.join(folder, packed.filename.replace(/^@/, '').replaceAll('/', '-'));
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  return program;
}
