import {expect} from 'chai';
import {imageFacts} from '../../../src/lib/evidence/image-facts.ts';
import type {Source} from '../../../src/lib/copy/source.ts';
import type {Digest} from '../../../src/lib/oci/digest.ts';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {parseManifest, type Manifest} from '../../../src/lib/oci/manifest.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';

describe('what an image says of itself', () => {
  const known = new Map<Digest, Manifest>();
  const manifestOf = (document: object, type: string): Manifest => {
    const bytes = Buffer.from(JSON.stringify(document));
    const manifest = parseManifest(bytes, digestOf(bytes), type);
    known.set(manifest.descriptor.digest, manifest);
    return manifest;
  };
  const indexOf = (child: Manifest, times: number): Manifest => {
    const {mediaType, digest, size} = child.descriptor;
    const manifests = Array.from({length: times}, () => ({mediaType, digest, size}));
    return manifestOf({schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests}, mediaTypes.ociIndex);
  };

  it('is read once for each of its images, however often indexes in indexes name them', async () => {
    const config = Buffer.from(JSON.stringify({created: '2024-01-01T00:00:00Z'}));
    const node = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    };
    const image = manifestOf(
      {schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: node, layers: []},
      mediaTypes.ociManifest,
    );
    const root = indexOf(indexOf(indexOf(image, 300), 300), 300);
    let read = 0;
    const source = {
      manifest: ({digest}: {digest: Digest}) => {
        if (++read > 1000) throw new Error('it is read for ever');
        return Promise.resolve(known.get(digest)!);
      },
      async *blob() {
        yield await Promise.resolve(config);
      },
    } as unknown as Source;
    expect(await imageFacts(source, root).created()).to.deep.equal([new Date('2024-01-01T00:00:00Z')]);
    expect(read).to.equal(3);
  });

  it('does not tell when all of it was made where indexes are nested too deeply to look', async () => {
    const empty = {mediaType: mediaTypes.ociManifest, schemaVersion: 2, layers: []};
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(Buffer.from('{}')),
      size: 2,
    };
    let root = manifestOf({...empty, config}, mediaTypes.ociManifest);
    for (let depth = 0; depth < 5; depth += 1) root = indexOf(root, 1);
    const source = {
      manifest: ({digest}: {digest: Digest}) => Promise.resolve(known.get(digest)!),
    } as unknown as Source;
    expect(await imageFacts(source, root).created()).to.deep.equal([undefined]);
    expect(await imageFacts(source, root).platforms()).to.deep.equal([]);
  });

  it('is no platform of what is listed beside the images and is none', () => {
    const entry = (mediaType: string, architecture: string) => ({
      ...{mediaType, digest: digestOf(Buffer.from(architecture)), size: 5},
      platform: {os: 'linux', architecture},
    });
    const layer = 'application/vnd.oci.image.layer.v1.tar+gzip';
    const manifests = [entry(mediaTypes.ociManifest, 'amd64'), entry(layer, 'arm64')];
    const root = manifestOf(
      {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests},
      mediaTypes.ociIndex,
    );
    return imageFacts({} as Source, root)
      .platforms()
      .then((found) => expect(found).to.deep.equal(['linux/amd64']));
  });
});
