// Makes container images of the one file without docker: node scripts/image.js FOLDER PROGRAMS [amd64 arm64]
// PROGRAMS is where scripts/one-file.js wrote; FOLDER/release/corectl becomes an OCI image layout with the tags VERSION and
// VERSION-debug, which corectl promotes from: --source-registry oci:FOLDER --source-stage release. Needs Debian's apt and dpkg-deb.
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import path from 'node:path';
import {release} from './build-identity.js';
import {architectures as known} from './debian.js';
import {baseTree, containerHome, debugTree, programTree} from './image-trees.js';
import {layoutIn} from './oci-layout.js';
import {root} from './root.js';

const [folder, programs, ...named] = process.argv.slice(2);
const architectures = named.length > 0 ? named : known;
if (programs === undefined || architectures.some((one) => !known.includes(one))) {
  throw new Error(`usage: node scripts/image.js FOLDER PROGRAMS [${known.join(' ')}]`);
}
const systems = {amd64: 'linux-x64', arm64: 'linux-arm64'};
const {homepage, license, description} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const {version, commit} = await release();
const seconds = Number(process.env.SOURCE_DATE_EPOCH ?? committed());
const created = new Date(seconds * 1000).toISOString();
const source = homepage.replace(/#.*/, '');
const title = Object.entries({
  title: 'corectl',
  description,
  version,
  licenses: license,
  source,
  created,
  ...(commit !== null && {revision: commit}),
});
const annotations = Object.fromEntries(
  title.map(([key, value]) => [`org.opencontainers.image.${key}`, value]),
);

// modes follow from what is written here, not from who runs it
process.umask(0o022);
const place = path.join(path.resolve(folder), 'release/corectl');
rmSync(place, {recursive: true, force: true});
mkdirSync(place, {recursive: true});
const layout = layoutIn(place);
const images = architectures.map(imagesFor);
const tags = Object.fromEntries(
  ['', '-debug'].map((kind) => [
    `${version}${kind}`,
    layout.index({manifests: images.map((ones) => ones[kind]), annotations}),
  ]),
);
layout.close(tags);
for (const [tag, {digest}] of Object.entries(tags)) process.stdout.write(`${tag} ${digest}\n`);

/** The descriptors of an architecture's images, by what follows the version in their tags. */
function imagesFor(architecture) {
  const base = layerOf('git and what it needs', (tree) => {
    baseTree(tree, architecture);
  });
  const program = layerOf('corectl', (tree) => {
    programTree(tree, path.join(programs, `corectl-${systems[architecture]}`), programs);
  });
  const debug = layerOf('busybox', (tree) => {
    debugTree(tree, architecture);
  });
  return {
    '': imageOf(architecture, [base, program], {Entrypoint: ['corectl'], Cmd: ['--help']}),
    // CI systems start a shell of their own in it
    '-debug': imageOf(architecture, [base, program, debug], {Cmd: ['sh']}),
  };
}

function layerOf(comment, fill) {
  const tree = mkdtempSync(path.join(place, '.tree-'));
  try {
    fill(tree);
    return {comment, ...layout.layer(tree, seconds)};
  } finally {
    rmSync(tree, {recursive: true, force: true});
  }
}

function imageOf(architecture, layers, start) {
  const platform = {architecture, os: 'linux', ...(architecture === 'arm64' && {variant: 'v8'})};
  const config = layout.config({
    created,
    ...platform,
    config: {
      User: '65532:65532',
      Env: ['PATH=/usr/bin:/bin', `CORECTL_HOME=${containerHome}`],
      ...start,
      Volumes: {[containerHome]: {}},
      WorkingDir: '/',
      Labels: annotations,
    },
    rootfs: {type: 'layers', diff_ids: layers.map(({diffId}) => diffId)},
    history: layers.map(({comment}) => ({created, created_by: 'scripts/image.js', comment})),
  });
  const descriptors = layers.map(({descriptor}) => descriptor);
  return {...layout.manifest({config, layers: descriptors, annotations}), platform};
}

function committed() {
  return execFileSync('git', ['log', '-1', '--format=%ct'], {cwd: root, encoding: 'utf8'}).trim();
}
