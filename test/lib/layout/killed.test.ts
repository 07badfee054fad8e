import {watch} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {directoryOf, foldersOfTest, leftoversIn, tagsOf, wholeLayout} from '../../support/layouts.ts';
import {promoteApart} from '../../support/promote-apart.ts';
import {promoteForTest} from '../../support/promotion.ts';
import {randomFrom} from '../../support/random.ts';
import {pushArtifact, pushIndex, asSubject} from '../../support/registry.ts';
import {slowTests} from '../../support/slow-tests.ts';
import {repositoryOf, sitesOfTest} from '../../support/sites.ts';

// 50 with CORECTL_SLOW_TESTS=1, or as many as CORECTL_KILL_SEEDS says
const seeds = Number(process.env.CORECTL_KILL_SEEDS ?? (slowTests ? '50' : '8'));

/** Changes of names and files that a whole run makes in the layout, about: it dies at one of them. */
const changes = 150;

describe('a promotion into a folder that is killed at any time', function () {
  const sites = sitesOfTest();
  const folders = foldersOfTest();

  for (let seed = 1; seed <= seeds; seed += 1) {
    const moment = 1 + Math.floor(randomFrom(seed)() * changes);
    it(`(here at change ${moment}) leaves what was there and the tag unwritten or complete, and is finished by the next run`, async () => {
      const [dev, disk] = [await sites.source(), await folders.site()];
      const options = {layerSize: 300_000, layers: 3};
      const old = await pushIndex(dev.registry, repositoryOf(dev), '1.0.0', options);
      const image = await pushIndex(dev.registry, repositoryOf(dev), '2.0.0', {...options, seed: 'two'});
      await pushArtifact(dev.registry, repositoryOf(dev), undefined, {subject: asSubject(image)});
      await promoteForTest({from: dev, to: [disk]});

      const died = changesIn(directoryOf(disk), moment);
      const {child, result} = promoteApart({from: dev, to: [disk], images: ['app:2.0.0']});
      const over = new Promise((resolve) => child.once('close', resolve));
      await Promise.race([died.reached, over]);
      child.kill('SIGKILL');
      await over;
      died.end();
      await result.catch(() => undefined);

      const {'1.0.0': kept, '2.0.0': written = image.digest} = await tagsOf(directoryOf(disk));
      expect([kept, written]).to.deep.equal([old.digest, image.digest]);
      await wholeLayout(directoryOf(disk));

      const {report} = await promoteForTest({from: dev, to: [disk], images: ['app:2.0.0']});
      expect(report.exitCode).to.equal(0);
      expect(await tagsOf(directoryOf(disk))).to.deep.equal({'1.0.0': old.digest, '2.0.0': image.digest});
      expect(await wholeLayout(directoryOf(disk))).to.include.members(image.blobs.map(({digest}) => digest));
      // one that was complete when it died is not written to again
      const [status] = report.images[0]!.destinations.map((one) => one.status);
      if (status === 'promoted') expect(await leftoversIn(directoryOf(disk))).to.deep.equal([]);
    });
  }
});

describe('promotions into one folder by several processes at once', function () {
  const sites = sitesOfTest();
  const folders = foldersOfTest();

  it('lose no tag and no referrer of each other', async () => {
    const [dev, disk] = [await sites.source(), await folders.site()];
    const tags = ['1.0.0', '2.0.0', '3.0.0', '4.0.0'];
    const wanted = new Map<string, string>();
    const referrers: string[] = [];
    for (const tag of tags) {
      const image = await pushIndex(dev.registry, repositoryOf(dev), tag, {seed: tag});
      const subject = asSubject(image);
      const sbom = await pushArtifact(dev.registry, repositoryOf(dev), undefined, {subject, seed: tag});
      wanted.set(tag, image.digest);
      referrers.push(sbom.digest);
    }
    const runs = tags.map((tag) => promoteApart({from: dev, to: [disk], images: [`app:${tag}`]}).result);
    for (const {report} of await Promise.all(runs)) expect(report).to.include({exitCode: 0});
    expect(await tagsOf(directoryOf(disk))).to.deep.equal(Object.fromEntries(wanted));
    expect(await wholeLayout(directoryOf(disk))).to.include.members(referrers);
    expect(await leftoversIn(directoryOf(disk))).to.deep.equal([]);
  });
});

/** Resolves at the so manieth change in a layout that is there. */
function changesIn(directory: string, moment: number): {reached: Promise<void>; end: () => void} {
  let seen = 0;
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const watchers = ['.', 'blobs/sha256'].map((folder) =>
    watch(path.join(directory, folder), () => {
      seen += 1;
      if (seen === moment) reach();
    }),
  );
  return {
    reached,
    end: () => {
      for (const watcher of watchers) watcher.close();
    },
  };
}
