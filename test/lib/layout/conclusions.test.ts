import {mkdir, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import {RemoteRepository} from '../../../src/lib/copy/remote-repository.ts';
import {LayoutRepository} from '../../../src/lib/layout/layout-repository.ts';
import {Layout} from '../../../src/lib/layout/layout.ts';
import type {Digest} from '../../../src/lib/oci/digest.ts';
import type {Tag} from '../../../src/lib/oci/reference.ts';
import {OciError} from '../../../src/lib/oci-error.ts';
import {CorectlError} from '../../../src/lib/errors.ts';
import {rowOf} from '../../support/conclusions-table.ts';
import {directoryOf, foldersOfTest} from '../../support/layouts.ts';
import {promoteForTest, sessionWith} from '../../support/promotion.ts';
import {pushImage, type PushedManifest} from '../../support/registry.ts';
import {repositoryOf, sitesOfTest} from '../../support/sites.ts';

/** What may have become of a file, by the first line of the table. */
const fates: Record<string, (file: string) => Promise<unknown>> = {
  'as it was': () => Promise.resolve(),
  gone: (file) => rm(file),
  'cut off': (file) => truncate(file, 3),
  changed: async (file) => writeFile(file, (await readFile(file)).reverse()),
  'a folder': (file) => rm(file).then(() => mkdir(file)),
  'a link out of it': (file) => rm(file).then(() => symlink(tmpdir(), file)),
};

/** Whoever asks a folder whether something is there, and the file that it is about. */
const questions: Record<
  string,
  {
    readonly about: (image: PushedManifest) => Digest;
    readonly ask: (folder: LayoutRepository, image: PushedManifest) => Promise<boolean>;
  }
> = {
  'a tag, in a folder': {
    about: ({digest}) => digest,
    ask: async (folder) => (await folder.digestOf('1.0.0' as Tag)) !== undefined,
  },
  'a manifest, in a folder': {
    about: ({digest}) => digest,
    ask: async (folder, image) =>
      (await folder.missing({manifests: [image], blobs: []})).manifests.length === 0,
  },
  'a blob, in a folder': {
    about: ({blobs: [config]}) => config!.digest,
    ask: async (folder, {blobs}) =>
      (await folder.missing({manifests: [], blobs: blobs.slice(0, 1)})).blobs.length === 0,
  },
};

describe('what is concluded from a file', () => {
  const sites = sitesOfTest();
  const folders = foldersOfTest();

  it('is told for each fate', () => {
    expect(rowOf('asked for, in a folder')).to.deep.equal(Object.keys(fates));
  });

  for (const [name, {about, ask}] of Object.entries(questions)) {
    it(`about ${name}`, async () => {
      const concluded: string[] = [];
      for (const befall of Object.values(fates)) {
        const [dev, disk] = [await sites.source(), await folders.site()];
        const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
        await promoteForTest({from: dev, to: [disk]});
        const directory = directoryOf(disk);
        await befall(path.join(directory, 'blobs', ...about(image).split(':')));
        const folder = new LayoutRepository({layout: new Layout({directory}), side: 'destination'});
        concluded.push(await conclude(ask(folder, image)));
      }
      expect(concluded).to.deep.equal(rowOf(name));
    });
  }
});

describe('what a manifest refers to, when it is written to a folder', () => {
  const sites = sitesOfTest();
  const folders = foldersOfTest();

  // it was looked at before, and something may have happened since
  const answers: Record<string, RegExp | undefined> = {
    'as it was': undefined,
    gone: /is not there/,
    'cut off': /is not there/,
    'a folder': /is no file/,
    'a link out of it': /leads out of the layout/,
  };
  for (const [fate, answer] of Object.entries(answers)) {
    it(`is missed only where it is: ${fate}`, async () => {
      const [dev, disk] = [await sites.source(), await folders.site()];
      const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
      await promoteForTest({from: dev, to: [disk]});
      const directory = directoryOf(disk);
      await fates[fate]!(path.join(directory, 'blobs', ...image.blobs[0]!.digest.split(':')));
      const folder = new LayoutRepository({layout: new Layout({directory}), side: 'destination'});
      const source = new RemoteRepository(sessionWith(dev, 'app'));
      const raised = await folder.put(await source.resolve(image.digest), image.digest).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (answer === undefined) {
        expect(raised).to.equal(undefined);
        return;
      }
      if (!(raised instanceof OciError)) throw raised;
      expect(raised.message).to.match(answer);
      // whoever misses something is sent it again
      const isMissed = fate === 'gone' || fate === 'cut off';
      expect(raised.registryCodes).to.deep.equal(isMissed ? ['MANIFEST_BLOB_UNKNOWN'] : []);
    });
  }
});

async function conclude(asked: Promise<boolean>): Promise<string> {
  try {
    return (await asked) ? 'there' : 'missing';
  } catch (error) {
    if (!(error instanceof CorectlError)) throw error;
    return 'fails';
  }
}
