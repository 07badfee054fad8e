import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {expect} from 'chai';
import {digestOf} from '../../src/lib/oci/digest.ts';
import {workshopOfSuite} from '../support/go-tools.ts';
import {directoryOf, wholeLayout} from '../support/layouts.ts';
import {promoteForTest, type FolderSite, type Site} from '../support/promotion.ts';
import {describeWith} from '../support/real-tools.ts';
import {startRealRegistry, type RealRegistry} from '../support/real-registry.ts';
import {pushWholeImage, type PushedImage} from '../support/whole-image.ts';

describeWith(
  ['docker-registry'],
  'an OCI image layout that is carried from one registry to another',
  function () {
    const workshop = workshopOfSuite();
    let registry: RealRegistry;
    let dev: Site;
    let disk: FolderSite;
    let prod: Site;
    let image: PushedImage;
    const nameIn = ({registry: {host}, path: below}: Site) => `${host}/${below}/app`;

    before(async () => {
      registry = await startRealRegistry();
      dev = {name: 'dev', registry, path: 'tenant/payments/extended-test'};
      disk = {name: 'disk', folder: path.join(workshop.folder, 'disk'), path: 'prod'};
      prod = {name: 'prod', registry, path: 'tenant/payments/prod'};
      await mkdir(disk.folder);
      image = await pushWholeImage(`http://${nameIn(dev).replace('/', '/v2/')}`, '1.0.0');
    });
    after(() => registry.stop());

    it('holds every manifest and blob, with the signature and the referrers', async () => {
      for (const [from, to] of [
        [dev, disk],
        [disk, prod],
      ] as const) {
        const {report} = await promoteForTest({from, to: [to]});
        expect(report.images[0]).to.include({digest: image.index});
        expect(report.images[0]!.destinations[0]).to.deep.include({
          status: 'promoted',
          error: null,
          referrers: {total: 4, copied: 4},
        });
      }
      const digests = await wholeLayout(directoryOf(disk));
      expect(digests).to.include.members([...image.manifests, ...image.blobs]);
    });

    describeWith(['skopeo'], 'and skopeo', () => {
      const skopeo = (...args: string[]) => workshop.run('skopeo', ['--insecure-policy', ...args]);
      const copy = ['copy', '--quiet', '--all', '--preserve-digests'];

      it('finds the image and its signature under their tags', async () => {
        for (const [tag, digest] of [
          ['1.0.0', image.index],
          [image.signature!, undefined],
        ] as const) {
          const found = digestOf(await skopeo('inspect', '--raw', `oci:${directoryOf(disk)}:${tag}`));
          expect(digest ?? image.manifests).to.include(found);
        }
      });

      it('copies it from there, every digest kept', async () => {
        const to = `docker://${registry.host}/by-skopeo/app:1.0.0`;
        await skopeo(...copy, '--dest-tls-verify=false', `oci:${directoryOf(disk)}:1.0.0`, to);
        expect(digestOf(await skopeo('inspect', '--raw', '--tls-verify=false', to))).to.equal(image.index);
      });

      it('adds a tag to a layout of corectl, and corectl one to a layout of skopeo', async () => {
        const others = {name: 'others', folder: workshop.folder, path: 'by-skopeo'};
        await mkdir(path.join(workshop.folder, 'by-skopeo'), {recursive: true});
        for (const site of [disk, others])
          await skopeo(
            ...copy,
            '--src-tls-verify=false',
            `docker://${nameIn(dev)}:1.0.0`,
            `oci:${directoryOf(site)}:2.0.0`,
          );
        await promoteForTest({from: dev, to: [others]});
        const elsewhere = {...prod, path: 'elsewhere'};
        for (const site of [disk, others]) {
          const images = ['app:1.0.0', 'app:2.0.0'];
          const {report} = await promoteForTest({from: site, to: [elsewhere], images});
          expect(report.images.map(({digest}) => digest)).to.deep.equal([image.index, image.index]);
          expect(report).to.include({exitCode: 0});
          await wholeLayout(directoryOf(site));
        }
      });
    });

    describeWith(['crane'], 'and crane', () => {
      const crane = (...args: string[]) => workshop.run('crane', args);

      it('finds everything that came out of it to be the same, byte for byte', async () => {
        const name = nameIn(prod);
        expect((await crane('digest', `${name}:1.0.0`)).toString().trim()).to.equal(image.index);
        for (const digest of image.manifests)
          expect(digestOf(await crane('manifest', `${name}@${digest}`))).to.equal(digest);
        for (const digest of image.platforms) await crane('validate', '--remote', `${name}@${digest}`);
      });

      it('pushes the layout with all that it lists', async () => {
        await crane('push', '--index', directoryOf(disk), `${registry.host}/by-crane/app:all`);
        for (const digest of [image.index, ...image.platforms])
          expect(digestOf(await crane('manifest', `${registry.host}/by-crane/app@${digest}`))).to.equal(
            digest,
          );
      });

      it('gives corectl a layout to read', async () => {
        const pulled = {name: 'pulled', folder: workshop.folder, path: 'by-crane'};
        await mkdir(path.join(workshop.folder, 'by-crane'), {recursive: true});
        await crane('pull', '--format=oci', '--annotate-ref', `${nameIn(dev)}:1.0.0`, directoryOf(pulled));
        const {report} = await promoteForTest({from: pulled, to: [{...prod, path: 'pulled'}]});
        expect(report.error).to.equal(null);
        expect(report.images[0]).to.include({digest: image.index});
      });
    });
  },
);
