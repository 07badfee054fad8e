import {
  appendFile,
  chmod,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import {expect} from 'chai';
import {
  directoryOf,
  foldersOfTest,
  leftoversIn,
  listedIn,
  tagsOf,
  wholeLayout,
} from '../../support/layouts.ts';
import {promoteForTest, type FolderSite} from '../../support/promotion.ts';
import {referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {
  asSubject,
  pushArtifact,
  pushBlob,
  pushImage,
  pushIndex,
  pushManifest,
  type PushedManifest,
} from '../../support/registry.ts';
import {
  expectPromoted,
  pushBytes,
  repositoryOf,
  sitesOfTest,
  tagOf,
  type TestSite,
} from '../../support/sites.ts';

const refName = 'org.opencontainers.image.ref.name';

describe('a promotion into a folder and out of it', function () {
  const sites = sitesOfTest();
  const folders = foldersOfTest();

  async function carried(tag = '1.0.0'): Promise<{dev: TestSite; disk: FolderSite; image: PushedManifest}> {
    const [dev, disk] = [await sites.source(), await folders.site()];
    const image = await pushIndex(dev.registry, repositoryOf(dev), tag, {attestation: true});
    const {report} = await promoteForTest({from: dev, to: [disk], images: [`app:${tag}`]});
    expect(report.error).to.equal(null);
    return {dev, disk, image};
  }

  it('keeps every digest, the signature and the referrers', async () => {
    const [dev, disk, eu] = [await sites.source(), await folders.site(), await sites.destination()];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', {attestation: true});
    const sbom = await pushArtifact(dev.registry, repositoryOf(dev), undefined, {subject: asSubject(image)});
    const ofChild = await pushArtifact(dev.registry, repositoryOf(dev), undefined, {
      subject: asSubject(image.children[0]!),
      seed: 'child',
    });
    const tag = `${image.digest.replace(':', '-')}.sig`;
    const signature = await pushArtifact(dev.registry, repositoryOf(dev), tag, {seed: 'signature'});
    for (const [from, to] of [
      [dev, disk],
      [disk, eu],
    ] as const) {
      const {report} = await promoteForTest({from, to: [to]});
      expect(report.images[0]!.destinations[0]).to.deep.include({
        status: 'promoted',
        referrers: {total: 3, copied: 3},
      });
    }
    const digests = await wholeLayout(directoryOf(disk));
    for (const {digest} of [image, ...image.children, ...image.blobs, sbom, ofChild, signature])
      expect(digests).to.include(digest);
    expect(await tagsOf(directoryOf(disk))).to.deep.equal({'1.0.0': image.digest, [tag]: signature.digest});
    await expectPromoted(dev, image.digest, eu);
    expect(await tagOf(eu, tag)).to.equal(signature.digest);
    for (const subject of [image, image.children[0]!]) {
      const url = `${eu.registry.url}/v2/${repositoryOf(eu)}/referrers/${subject.digest}`;
      const {manifests} = (await (await fetch(url)).json()) as {manifests: {digest: string}[]};
      expect(manifests.map(({digest}) => digest)).to.deep.equal([
        subject === image ? sbom.digest : ofChild.digest,
      ]);
    }
  });

  it("keeps referrers of the older type of OCI's drafts, too", async () => {
    // registries of OCI 1.1 do not take them
    const [dev, disk, other] = [await sites.source(), await folders.site(), await folders.site('other')];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    const referrers = await Promise.all(['one', 'two'].map((text) => oldArtifact(dev, image, text)));
    const manifests = referrers.map(({mediaType, digest, size}) => ({mediaType, digest, size}));
    const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests};
    await pushBytes(dev, Buffer.from(JSON.stringify(index)), mediaTypes.ociIndex, referrersTag(image.digest));
    for (const [from, to] of [
      [dev, disk],
      [disk, other],
    ] as const) {
      const {report} = await promoteForTest({from, to: [to]});
      expect(report.images[0]!.destinations[0]).to.deep.include({
        status: 'promoted',
        referrers: {total: 2, copied: 2},
      });
    }
    const digests = await wholeLayout(directoryOf(other));
    for (const {digest} of referrers) expect(digests).to.include(digest);
    const {report} = await promoteForTest({from: dev, to: [disk]});
    expect(report.images[0]!.destinations[0]!.status).to.equal('up-to-date');
  });

  async function oldArtifact(site: TestSite, image: PushedManifest, text: string): Promise<PushedManifest> {
    const mediaType = mediaTypes.ociArtifact;
    const blob = await pushBlob(site.registry, repositoryOf(site), Buffer.from(text));
    const document = {
      mediaType,
      artifactType: 'application/spdx+json',
      blobs: [{mediaType: 'application/spdx+json', ...blob}],
      subject: asSubject(image),
    };
    return pushManifest(site.registry, repositoryOf(site), undefined, document, {mediaType});
  }

  it('writes nothing the second time, and nothing in a dry run', async () => {
    const {dev, disk, image} = await carried();
    const file = path.join(directoryOf(disk), 'index.json');
    const before = await stat(file, {bigint: true});
    const {report} = await promoteForTest({from: dev, to: [disk]});
    expect(report.images[0]!.destinations[0]).to.include({status: 'up-to-date'});
    await pushImage(dev.registry, repositoryOf(dev), '2.0.0', {seed: 'two'});
    const dry = await promoteForTest({from: dev, to: [disk], images: ['app:2.0.0'], dryRun: true});
    expect(dry.report.images[0]!.destinations[0]).to.include({status: 'would-promote'});
    const after = await stat(file, {bigint: true});
    expect([after.ino, after.mtimeNs]).to.deep.equal([before.ino, before.mtimeNs]);
    expect(await tagsOf(directoryOf(disk))).to.deep.equal({'1.0.0': image.digest});
  });

  it('moves a tag when told to only, and keeps what it pointed to', async () => {
    const {dev, disk, image} = await carried();
    const other = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {seed: 'other'});
    const refused = await promoteForTest({from: dev, to: [disk]});
    expect(refused.report).to.include({exitCode: 4});
    const moved = await promoteForTest({from: dev, to: [disk], overwrite: true});
    expect(moved.report.images[0]!.destinations[0]).to.include({
      status: 'promoted',
      existingDigest: image.digest,
    });
    expect(await tagsOf(directoryOf(disk))).to.deep.equal({'1.0.0': other.digest});
    expect((await listedIn(directoryOf(disk))).map(({digest}) => digest)).to.include(image.digest);
    const byDigest = await promoteForTest({
      from: disk,
      to: [await sites.destination()],
      images: [`app@${image.digest}`],
    });
    expect(byDigest.report.exitCode).to.equal(0);
  });

  it('takes an image that is named by its digest alone, and lists it without a tag', async () => {
    const [dev, disk] = [await sites.source(), await folders.site()];
    const image = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0');
    const images = [`app@${image.digest}`];
    for (const status of ['promoted', 'up-to-date'] as const) {
      const {report} = await promoteForTest({from: dev, to: [disk], images});
      expect(report.images[0]!.destinations[0]).to.include({status});
    }
    expect((await listedIn(directoryOf(disk))).map(({digest}) => digest)).to.deep.equal([image.digest]);
    await wholeLayout(directoryOf(disk));
  });

  it('reads the names that other tools write, and refuses two meanings of one tag', async () => {
    const {disk, image} = await carried();
    const eu = await sites.destination();
    const promoted = async (annotations: Record<string, string>[]) => {
      const [entry] = await listedIn(directoryOf(disk));
      const manifests = annotations.map((one, i) => ({
        ...(i === 0 ? entry : {...entry, ...asSubject(image.children[0]!)}),
        annotations: one,
      }));
      await writeFile(
        path.join(directoryOf(disk), 'index.json'),
        JSON.stringify({schemaVersion: 2, manifests}),
      );
      const {report} = await promoteForTest({from: disk, to: [eu]});
      return report;
    };
    expect(await promoted([{[refName]: 'docker.io/library/app:1.0.0'}])).to.include({exitCode: 0});
    expect(await promoted([{'io.containerd.image.name': 'docker.io/library/app:1.0.0'}])).to.include({
      exitCode: 0,
    });
    const both = await promoted([{[refName]: '1.0.0'}, {[refName]: 'example.com/app:1.0.0'}]);
    expect(both).to.include({exitCode: 0});
    const ambiguous = await promoted([{[refName]: '1.0.0'}, {[refName]: '1.0.0'}]);
    expect(ambiguous).to.include({exitCode: 5});
    expect(ambiguous.error).to.include({code: 'invalid-layout', side: 'source'});
    const another = await promoted([{[refName]: 'docker.io/library/worker:1.0.0'}]);
    expect(another).to.include({exitCode: 3});
  });

  const blobOf = (disk: FolderSite, {digest}: {digest: string}) =>
    path.join(directoryOf(disk), 'blobs', ...digest.split(':'));

  const damages: readonly [string, (disk: FolderSite, image: PushedManifest) => Promise<unknown>][] = [
    ['a layer that is missing', (disk, {blobs}) => rm(blobOf(disk, blobs.at(-1)!))],
    ['a layer with other bytes', (disk, {blobs}) => swapByte(blobOf(disk, blobs.at(-1)!))],
    ['a layer that is cut off', (disk, {blobs}) => truncate(blobOf(disk, blobs.at(-1)!), 100)],
    ['a layer that grew', (disk, {blobs}) => appendFile(blobOf(disk, blobs.at(-1)!), 'x')],
    ['a manifest that is missing', (disk, image) => rm(blobOf(disk, image))],
    ['a manifest with other bytes', (disk, image) => swapByte(blobOf(disk, image))],
    ['a child that is missing', (disk, {children}) => rm(blobOf(disk, children[0]!))],
    ['an index.json that is cut off', (disk) => truncate(path.join(directoryOf(disk), 'index.json'), 90)],
    ['an index.json of nothing', (disk) => truncate(path.join(directoryOf(disk), 'index.json'), 0)],
    [
      'a later version of the layout',
      (disk) => writeFile(path.join(directoryOf(disk), 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}'),
    ],
    ['no file that makes it a layout', (disk) => rm(path.join(directoryOf(disk), 'oci-layout'))],
    [
      'a blob that is a link out of the layout',
      async (disk, image) => {
        await rename(blobOf(disk, image), path.join(disk.folder, 'elsewhere'));
        await symlink(path.join(disk.folder, 'elsewhere'), blobOf(disk, image));
      },
    ],
    [
      'blobs that are a link out of the layout',
      async (disk) => {
        await rename(path.join(directoryOf(disk), 'blobs'), path.join(disk.folder, 'elsewhere'));
        await symlink(path.join(disk.folder, 'elsewhere'), path.join(directoryOf(disk), 'blobs'));
      },
    ],
  ];

  for (const [damage, inflict] of damages) {
    it(`refuses a source with ${damage}, with its side and the next step`, async () => {
      const {disk, image} = await carried();
      await inflict(disk, image);
      const eu = await sites.destination();
      const {report, destination} = await promoteForTest({from: disk, to: [eu]});
      expect(report.exitCode).to.be.oneOf([1, 3, 5]);
      const error = report.error ?? destination(eu.name).error;
      expect(error).to.include({side: 'source'});
      expect(error?.message).to.include(`oci:${disk.folder}`);
      expect(error?.suggestions).not.to.be.empty;
      expect(await tagOf(eu)).to.equal(undefined);
    });
  }

  it('refuses a destination whose index.json is cut off, and leaves it as it is', async () => {
    const {dev, disk} = await carried();
    const file = path.join(directoryOf(disk), 'index.json');
    await truncate(file, 90);
    const before = await readFile(file, 'utf8');
    await pushImage(dev.registry, repositoryOf(dev), '2.0.0', {seed: 'two'});
    const {report} = await promoteForTest({from: dev, to: [disk], images: ['app:2.0.0']});
    expect(report).to.include({exitCode: 5});
    expect(report.error).to.include({code: 'invalid-layout', side: 'destination'});
    expect(await readFile(file, 'utf8')).to.equal(before);
  });

  it('takes a folder that no other tool takes for a layout for no place where the image is', async () => {
    const {dev, disk} = await carried();
    await rm(path.join(directoryOf(disk), 'oci-layout'));
    const {report} = await promoteForTest({from: dev, to: [disk]});
    expect(report).to.include({exitCode: 5});
    expect(report.error).to.include({code: 'invalid-layout', side: 'destination'});
    expect(report.error?.suggestions.join()).to.contain('imageLayoutVersion');
  });

  it('brings content anew that the disk forgot, also when another image has it', async () => {
    const {dev, disk, image} = await carried();
    await swapByte(blobOf(disk, image.blobs.at(-1)!));
    await rm(blobOf(disk, image.blobs.at(-2)!));
    const {report} = await promoteForTest({from: dev, to: [disk], verifyContent: true});
    expect(report.images[0]!.destinations[0]).to.deep.include({status: 'promoted', contentVerified: true});
    await wholeLayout(directoryOf(disk));
    await swapByte(blobOf(disk, image.blobs.at(-1)!));
    await pushIndex(dev.registry, repositoryOf(dev), 'again', {attestation: true});
    await promoteForTest({from: dev, to: [disk], images: ['app:again']});
    await wholeLayout(directoryOf(disk));
  });

  it('writes to no disk that is not mounted, and makes folders for stages and images', async () => {
    const {dev, disk} = await carried();
    await rm(disk.folder, {recursive: true});
    const {report} = await promoteForTest({
      from: dev,
      to: [disk],
      admission: undefined,
    });
    expect(report.exitCode).to.equal(1);
    expect(report.images[0]!.destinations[0]!.error).to.include({code: 'file-error', side: 'destination'});
    expect(report.images[0]!.destinations[0]!.error?.message).to.include(`there is no folder ${disk.folder}`);
    await mkdir(disk.folder);
    expect((await promoteForTest({from: dev, to: [disk]})).report.exitCode).to.equal(0);
  });

  it('says that it may not write', async function () {
    if (process.getuid?.() === 0) this.skip();
    const {dev, disk} = await carried();
    await pushImage(dev.registry, repositoryOf(dev), '2.0.0', {seed: 'two'});
    await chmod(directoryOf(disk), 0o500);
    const {report} = await promoteForTest({from: dev, to: [disk], images: ['app:2.0.0']});
    await chmod(directoryOf(disk), 0o700);
    expect(report.images[0]!.destinations[0]!.error).to.include({code: 'denied', side: 'destination'});
  });

  it('leaves nothing but the layout', async () => {
    const {disk} = await carried();
    expect(await leftoversIn(directoryOf(disk))).to.deep.equal([]);
  });
});

async function swapByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[50] = (bytes[50] ?? 0) ^ 1;
  await writeFile(file, bytes);
}
