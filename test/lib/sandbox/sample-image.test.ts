import {expect} from 'chai';
import {execFileSync, spawnSync} from 'node:child_process';
import {gunzipSync} from 'node:zlib';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {sampleImage} from '../../../src/lib/sandbox/sample-image.ts';

interface Manifest {
  readonly config?: {readonly digest: string};
  readonly layers?: readonly {readonly digest: string; readonly mediaType: string; readonly size: number}[];
  readonly manifests?: readonly {readonly digest: string; readonly size: number}[];
}

describe("the sandbox's image", () => {
  const image = sampleImage();
  const everything = new Map([...image.blobs, ...image.manifests].map((one) => [one.digest as string, one]));
  const parse = (bytes: Buffer) => JSON.parse(bytes.toString()) as Manifest;

  it('is the same each time', () => {
    expect(sampleImage().index.digest).to.equal(image.index.digest);
  });

  it('is complete: every reference leads to content of that digest and size', () => {
    for (const one of everything.values()) expect(digestOf(one.bytes)).to.equal(one.digest);
    for (const {bytes} of image.manifests) {
      const {config, layers = [], manifests = []} = parse(bytes);
      for (const {digest, size} of [...layers, ...manifests])
        expect(everything.get(digest)?.size).to.equal(size);
      if (config) expect(everything.has(config.digest)).to.equal(true);
    }
  });

  it('has two platforms and an attestation for each', () => {
    expect(parse(image.index.bytes).manifests).to.have.length(4);
    expect(image.index.bytes.toString()).to.contain('attestation-manifest');
  });

  it('names the layers by their uncompressed digests too', () => {
    for (const {bytes} of image.manifests) {
      const {config, layers = []} = parse(bytes);
      if (!config || !layers.every(({mediaType}) => mediaType.endsWith('tar+gzip'))) continue;
      const {rootfs} = JSON.parse(everything.get(config.digest)!.bytes.toString()) as {
        rootfs: {diff_ids: string[]};
      };
      expect(rootfs.diff_ids).to.deep.equal(
        layers.map(({digest}) => digestOf(gunzipSync(everything.get(digest)!.bytes))),
      );
    }
  });

  it('has layers that tar can read (skipped without tar)', function () {
    if (spawnSync('tar', ['--version']).error) this.skip();
    const layers = image.blobs.filter(({mediaType}) => mediaType.endsWith('tar+gzip'));
    const names = layers.map(({bytes}) =>
      execFileSync('tar', ['-tzf', '-'], {input: bytes}).toString().trim(),
    );
    expect(names).to.deep.equal(['usr/share/sample/base', 'usr/bin/sample', 'usr/bin/sample']);
  });
});
