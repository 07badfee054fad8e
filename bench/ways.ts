// Every way to install corectl, carried out below one folder, with what each weighs.
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, readdirSync, statSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {inContainer, unpacked} from '../test/support/container.ts';
import {whyNotNobody} from '../test/support/nobody.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** corectl as somebody has it. */
export interface Way {
  readonly name: string;
  /** What is to be downloaded, in words. */
  readonly size: string;
  /** The words before corectl's arguments. */
  readonly command: readonly string[];
}

/** Builds and installs all of them below the folder, which is what a container sees of the machine; `note` hears what is left out, and why. */
export function waysToInstall(folder: string, note: (line: string) => void): Way[] {
  const place = path.join(folder, 'ways');
  mkdirSync(place);
  const nodes = [process.execPath, ...(process.env.CORECTL_NODES ?? '').split(':').filter(Boolean)];
  if (nodes.length === 1) note('CORECTL_NODES names no other Node: the action is left out');
  const npm = npmPackage(place);
  return [
    ...nodes.map((node) => ({...npm, name: `npm, ${versionOf(node)}`, command: [node, ...npm.command]})),
    ...nodes.slice(1).map((node) => action(place, node)),
    oneFile(place),
    ...container(place, folder, note),
  ];
}

function npmPackage(place: string): Way {
  const options = ['--ignore-scripts', '--json', '--pack-destination', place];
  const [{filename, size}] = JSON.parse(output('npm', 'pack', root, ...options)) as [
    {filename: string; size: number},
  ];
  const prefix = path.join(place, 'prefix');
  const offline = ['--offline', '--no-audit', '--no-fund'];
  output('npm', 'install', '--global', ...offline, '--prefix', prefix, path.join(place, filename));
  return {name: 'npm', size: `${megabytes(size)} packed`, command: [path.join(prefix, 'bin/corectl')]};
}

function action(place: string, node: string): Way {
  const folder = path.join(place, 'action');
  script('action.js', folder);
  const files = readdirSync(folder, {recursive: true, withFileTypes: true}).filter((file) => file.isFile());
  const bytes = files.reduce((sum, file) => sum + statSync(path.join(file.parentPath, file.name)).size, 0);
  return {
    name: `GitHub action, ${versionOf(node)}`,
    size: `${megabytes(bytes)} unpacked`,
    command: [node, path.join(folder, 'bin/run.js')],
  };
}

function oneFile(place: string): Way {
  script('one-file.js', place);
  const file = path.join(place, `corectl-${process.platform}-${process.arch}`);
  return {name: 'one file', size: megabytes(statSync(file).size), command: [file]};
}

/** Where one can be played: its image is Debian's, and mounts of one's own are root's. */
function container(place: string, shared: string, note: (line: string) => void): Way[] {
  if (whyNotNobody !== undefined || process.arch !== 'x64') {
    note(`the container is left out: ${whyNotNobody ?? 'it is played for amd64'}`);
    return [];
  }
  script('image.js', path.join(place, 'image'), place, 'amd64');
  const layout = path.join(place, 'image/release/corectl');
  const {version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {version: string};
  const plain = unpacked(layout, version, path.join(place, 'root'));
  const blobs = path.join(layout, 'blobs/sha256');
  const layers = layersOf(layout, version);
  const bytes = layers.reduce((sum, {digest}) => sum + statSync(path.join(blobs, digest.slice(7))).size, 0);
  return [
    {
      name: 'container, with unshare for its runtime',
      size: `${megabytes(bytes)} packed`,
      command: [...inContainer(plain, {user: 0, shared}), 'corectl'],
    },
  ];
}

interface Document {
  readonly manifests: readonly {digest: string; annotations?: Record<string, string>}[];
  readonly layers: readonly {digest: string}[];
}

function layersOf(layout: string, tag: string): Document['layers'] {
  const read = (file: string) => JSON.parse(readFileSync(path.join(layout, file), 'utf8')) as Document;
  const blob = (digest = '') => read(path.join('blobs', ...digest.split(':')));
  const tagged = read('index.json').manifests.find(
    ({annotations}) => annotations?.['org.opencontainers.image.ref.name'] === tag,
  );
  return blob(blob(tagged?.digest).manifests[0]?.digest).layers;
}

const versionOf = (node: string) => `Node ${output(node, '--version').trim().slice(1)}`;

const script = (name: string, ...args: string[]) =>
  output(process.execPath, path.join(root, 'scripts', name), ...args);

const output = (program: string, ...args: string[]) =>
  execFileSync(program, args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
