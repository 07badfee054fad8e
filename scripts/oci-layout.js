import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';

const oci = 'application/vnd.oci.image';

/**
 * Begins an OCI image layout in an empty folder; equal content gives equal bytes. https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 * Its `layer` packs a folder's content, and tells besides its descriptor the digest that configs name it by.
 */
export function layoutIn(folder) {
  const blobs = path.join(folder, 'blobs/sha256');
  mkdirSync(blobs, {recursive: true});
  const json = (mediaType, value) => {
    const bytes = JSON.stringify(value);
    writeFileSync(path.join(blobs, sha256(bytes)), bytes);
    return {mediaType, digest: `sha256:${sha256(bytes)}`, size: Buffer.byteLength(bytes)};
  };
  return {
    layer: (tree, seconds) => {
      const file = path.join(folder, '.layer');
      pack(tree, file, seconds);
      const diffId = `sha256:${sha256(readFileSync(file))}`;
      execFileSync('gzip', ['--no-name', '--suffix', '.gz', file]);
      return {diffId, descriptor: {mediaType: `${oci}.layer.v1.tar+gzip`, ...taken(`${file}.gz`, blobs)}};
    },
    config: (value) => json(`${oci}.config.v1+json`, value),
    manifest: (value) => manifest(json, `${oci}.manifest.v1+json`, value),
    index: (value) => manifest(json, `${oci}.index.v1+json`, value),
    /** Ends it with what its tags point to: descriptors by the tag. */
    close: (tags) => {
      const manifests = Object.entries(tags).map(([tag, descriptor]) => ({
        ...descriptor,
        annotations: {'org.opencontainers.image.ref.name': tag},
      }));
      const index = {schemaVersion: 2, mediaType: `${oci}.index.v1+json`, manifests};
      writeFileSync(path.join(folder, 'index.json'), JSON.stringify(index));
      writeFileSync(path.join(folder, 'oci-layout'), JSON.stringify({imageLayoutVersion: '1.0.0'}));
    },
  };
}

const manifest = (json, mediaType, value) => json(mediaType, {schemaVersion: 2, mediaType, ...value});

/** Sorted, owned by root, all of one time: nothing tells who packed it, when and where. */
function pack(tree, file, seconds) {
  const same = ['--sort=name', `--mtime=@${seconds}`, '--owner=0', '--group=0', '--numeric-owner'];
  const args = ['--create', '--format=ustar', ...same, '--file', file, '--directory', tree];
  execFileSync('tar', [...args, ...readdirSync(tree).sort()]);
}

function taken(file, blobs) {
  const hex = sha256(readFileSync(file));
  const {size} = statSync(file);
  rmSync(path.join(blobs, hex), {force: true});
  renameSync(file, path.join(blobs, hex));
  return {digest: `sha256:${hex}`, size};
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
