import {expect} from 'chai';
import {CorectlError} from '../../../src/lib/errors.ts';
import type {Digest} from '../../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../../src/lib/oci/media-types.ts';
import {RepositoryStore} from '../../../src/lib/registry/repository-store.ts';
import {remove, temporaryFolder, writeFiles} from '../../support/git.ts';
import {entry, linesOf, registriesText, runThin} from '../../support/manifests.ts';
import {listLikeGoogle} from '../../support/registry-google.ts';
import {
  asSubject,
  expectSameContent,
  pushArtifact,
  pushImage,
  pushIndex,
  registriesOfTest,
  tagged,
} from '../../support/registry.ts';
import type {TestRegistry} from '../../support/registry.ts';

const absent = `sha256:${'d'.repeat(64)}`;

describe('a run of promoter manifests', () => {
  const registries = registriesOfTest();
  let folder: string;
  let staging: TestRegistry;
  let eu: TestRegistry;
  let names: Map<string, string>;

  beforeEach(async () => {
    folder = temporaryFolder();
    [staging, eu] = await Promise.all([registries.start(), registries.start()]);
    names = new Map([
      [staging.host, 'staging'],
      [eu.host, 'eu'],
    ]);
  });
  afterEach(() => {
    remove(folder);
  });

  const project = (name: string, images: string, ...destinations: TestRegistry[]) => {
    const to = (destinations.length === 0 ? [eu] : destinations).map(({host}) => `${host}/prod`);
    writeFiles(folder, {
      [`manifests/${name}/promoter-manifest.yaml`]: registriesText(`${staging.host}/${name}`, ...to),
      [`images/${name}/images.yaml`]: images,
    });
  };
  const lines = (report: Parameters<typeof linesOf>[0]) => linesOf(report, names);
  const writes = (registry: TestRegistry) =>
    registry.log.requests().filter(({method}) => !['GET', 'HEAD'].includes(method));
  const pushed = async (image: string, tag: string, seed = image): Promise<Digest> =>
    (await pushImage(staging, `team/${image}`, tag, {layers: 2, layerSize: 300, seed})).digest;
  const drop = async (image: string, digest: Digest) => {
    await new RepositoryStore(staging.storage, `team/${image}`).deleteManifest(digest);
  };

  it('writes nothing unless it is confirmed, and then copies by digest and tags', async () => {
    const {digest} = await pushIndex(staging, 'team/apple', 'build-7', {seed: 'apple'});
    const untagged = await pushed('pear', 'x');
    project('team', entry('apple', {[digest]: ['1.1', 'latest']}) + entry('pear', {[untagged]: []}));
    const dry = await runThin(folder);
    expect(lines(dry.report)).to.deep.equal([
      'would-promote eu/prod/apple:1.1',
      'would-promote eu/prod/apple:latest',
      `would-promote eu/prod/pear@${untagged}`,
    ]);
    expect(dry.report).to.include({ok: true, exitCode: 0, dryRun: true});
    expect(dry.report.edges[0]?.copiedBytes).to.be.greaterThan(0);
    const again = dry.report.edges[1];
    expect(again?.copiedBytes === 0 && again.mountedBytes === 0, 'a second tag moves nothing').to.equal(true);
    expect(writes(eu)).to.deep.equal([]);

    const {report, events} = await runThin(folder, {confirm: true});
    expect(report).to.include({ok: true, exitCode: 0, dryRun: false});
    expect(lines(report).map((line) => line.replace(/ .*/, ''))).to.deep.equal([
      'promoted',
      'promoted',
      'promoted',
    ]);
    for (const tag of ['1.1', 'latest']) expect(await tagged(eu, 'prod/apple', tag)).to.equal(digest);
    await expectSameContent(staging, 'team/apple', digest, eu, 'prod/apple');
    await expectSameContent(staging, 'team/pear', untagged, eu, 'prod/pear');
    expect(await new RepositoryStore(eu.storage, 'prod/pear').tags()).to.deep.equal([]);
    expect(events.filter(({kind}) => kind === 'planned')).to.have.lengthOf(1);
    const blobReads = staging.log.requests({method: 'GET', path: /\/blobs\//}).map(({url}) => url);
    expect(new Set(blobReads).size, 'each blob is read once').to.equal(blobReads.length);
  });

  it('leaves alone what is there, whatever became of the source', async () => {
    const digest = await pushed('apple', '1');
    project('team', entry('apple', {[digest]: ['1']}));
    await runThin(folder, {confirm: true});
    await drop('apple', digest);
    const before = writes(eu).length;
    const {report} = await runThin(folder, {confirm: true});
    expect(lines(report)).to.deep.equal(['up-to-date eu/prod/apple:1']);
    expect(report.exitCode).to.equal(0);
    expect(writes(eu).length).to.equal(before);
  });

  it('adds a tag to a digest that is there, even if the source has lost it', async () => {
    const digest = await pushed('apple', '1');
    project('team', entry('apple', {[digest]: ['1']}));
    await runThin(folder, {confirm: true});
    await drop('apple', digest);
    project('team', entry('apple', {[digest]: ['1', 'stable']}));
    const {report} = await runThin(folder, {confirm: true});
    expect(lines(report)).to.deep.equal(['up-to-date eu/prod/apple:1', 'promoted eu/prod/apple:stable']);
    expect(await tagged(eu, 'prod/apple', 'stable')).to.equal(digest);
  });

  describe('of an image that the source has lost', () => {
    const promoted = async () => {
      const image = await pushIndex(staging, 'team/apple', '1', {seed: 'apple'});
      project('team', entry('apple', {[image.digest]: ['1']}));
      expect((await runThin(folder, {confirm: true})).report.exitCode).to.equal(0);
      const sign = () =>
        pushArtifact(staging, 'team/apple', undefined, {subject: asSubject(image), seed: 'late', layers: 1});
      return {image, sign};
    };

    for (const part of ['manifest', 'child'] as const) {
      it(`the ${part} of, brings what refers to it all the same`, async () => {
        const {image, sign} = await promoted();
        const signature = await sign();
        await drop('apple', part === 'manifest' ? image.digest : image.children[0]!.digest);
        const {report} = await runThin(folder, {confirm: true});
        expect(lines(report)).to.deep.equal(['promoted eu/prod/apple:1']);
        await expectSameContent(staging, 'team/apple', signature.digest, eu, 'prod/apple');
        const before = writes(eu).length;
        expect(lines((await runThin(folder, {confirm: true})).report)).to.deep.equal([
          'up-to-date eu/prod/apple:1',
        ]);
        expect(writes(eu).length).to.equal(before);
      });
    }

    it('is no conflict where the manifest names by sha512 what the destination names by sha256', async () => {
      const image = await pushImage(staging, 'team/apple', '1', {algorithm: 'sha512', seed: 'apple'});
      project('team', entry('apple', {[image.digest]: ['1']}));
      expect(lines((await runThin(folder, {confirm: true})).report)).to.deep.equal([
        'promoted eu/prod/apple:1',
      ]);
      expect(await tagged(eu, 'prod/apple', '1')).to.match(/^sha256:/);
      await drop('apple', image.digest);
      for (const verifyContent of [false, true]) {
        const {report} = await runThin(folder, {confirm: true, verifyContent});
        expect(lines(report)).to.deep.equal(['up-to-date eu/prod/apple:1']);
      }
      const signature = await pushArtifact(staging, 'team/apple', undefined, {subject: asSubject(image)});
      const {report} = await runThin(folder, {confirm: true});
      expect(lines(report)).to.deep.equal(['promoted eu/prod/apple:1']);
      expect(await new RepositoryStore(eu.storage, 'prod/apple').manifest(signature.digest)).not.to.equal(
        undefined,
      );
      await pushImage(eu, 'prod/apple', '1', {seed: 'another'});
      expect(lines((await runThin(folder, {confirm: true})).report)).to.deep.equal([
        'conflict eu/prod/apple:1',
      ]);
    });

    it('fails where the source does not tell what refers to it', async () => {
      const {image, sign} = await promoted();
      await sign();
      await drop('apple', image.digest);
      staging.faults.add({path: /\/referrers\//, action: {status: 500}});
      const {report} = await runThin(folder, {confirm: true});
      expect(lines(report)).to.deep.equal(['failed eu/prod/apple:1']);
      expect(report.exitCode).to.equal(5);
      expect(report.edges[0]?.error?.side).to.equal('source');
    });

    it('tells it as missing where the destination has lost a child of it, too', async () => {
      const {image} = await promoted();
      const child = image.children[0]!.digest;
      await drop('apple', child);
      await new RepositoryStore(eu.storage, 'prod/apple').deleteManifest(child);
      const {report} = await runThin(folder, {confirm: true});
      expect(lines(report)).to.deep.equal(['missing eu/prod/apple:1']);
      expect(report.exitCode).to.equal(3);
    });
  });

  describe('brings the signatures of an image', () => {
    const sign = (digest: Digest, seed: string) =>
      pushArtifact(staging, 'team/apple', undefined, {
        subject: {mediaType: mediaTypes.ociManifest, digest, size: 1},
        seed,
        layers: 1,
      });

    it('that was promoted without a tag, then signed, then tagged', async () => {
      const digest = await pushed('apple', 'x');
      project('team', entry('apple', {[digest]: []}));
      await runThin(folder, {confirm: true});
      const signature = await sign(digest, 'late');
      project('team', entry('apple', {[digest]: ['1']}));
      const {report} = await runThin(folder, {confirm: true});
      expect(lines(report)).to.deep.equal(['promoted eu/prod/apple:1']);
      await expectSameContent(staging, 'team/apple', signature.digest, eu, 'prod/apple');
    });

    for (const tags of [['1'], []]) {
      it(`whose promotion ${tags.length > 0 ? 'under a tag' : 'by its digest'} ended before they were written`, async () => {
        const digest = await pushed('apple', 'x');
        const signature = await sign(digest, 'first');
        project('team', entry('apple', {[digest]: tags}));
        const fault = eu.faults.add({
          method: 'PUT',
          path: new RegExp(`/manifests/${signature.digest}`),
          action: {status: 403},
        });
        const ended = await runThin(folder, {confirm: true});
        expect(ended.report.exitCode).to.equal(1);
        expect(await tagged(eu, 'prod/apple', '1')).to.equal(undefined);
        fault.remove();
        expect((await runThin(folder, {confirm: true})).report.exitCode).to.equal(0);
        await expectSameContent(staging, 'team/apple', signature.digest, eu, 'prod/apple');
      });
    }
  });

  it('asks the source for what is gone below a digest that is about to get a tag', async () => {
    const image = await pushIndex(staging, 'team/apple', undefined, {seed: 'apple'});
    project('team', entry('apple', {[image.digest]: []}));
    await runThin(folder, {confirm: true});
    await new RepositoryStore(eu.storage, 'prod/apple').deleteManifest(image.children[0]!.digest);
    project('team', entry('apple', {[image.digest]: ['1']}));
    const {report} = await runThin(folder, {confirm: true});
    expect(lines(report)).to.deep.equal(['promoted eu/prod/apple:1']);
    await expectSameContent(staging, 'team/apple', image.digest, eu, 'prod/apple');
    // not only after the registry has missed it
    expect(eu.log.requests({status: 400})).to.deep.equal([]);
  });

  it('tags what is named by sha512, whatever the registry names it by then', async () => {
    const {digest} = await pushImage(staging, 'team/apple', undefined, {algorithm: 'sha512'});
    project('team', entry('apple', {[digest]: ['1']}));
    const {report} = await runThin(folder, {confirm: true});
    expect(lines(report)).to.deep.equal(['promoted eu/prod/apple:1']);
    expect(await tagged(eu, 'prod/apple', '1')).to.match(/^sha256:/);
    expect(lines((await runThin(folder)).report)).to.deep.equal(['up-to-date eu/prod/apple:1']);
  });

  it('names what is in neither, and copies the rest', async () => {
    const digest = await pushed('apple', '1');
    project('team', entry('plum', {[absent]: ['9']}) + entry('apple', {[digest]: ['1']}));
    for (const confirm of [false, true]) {
      const {report} = await runThin(folder, {confirm});
      expect(report).to.include({ok: false, exitCode: 3});
      const [missing] = report.edges;
      expect(missing?.status).to.equal('missing');
      expect(missing?.error?.code).to.equal('image-not-found');
      expect(missing?.error?.message).to.contain(`images/team/images.yaml:3: plum`).and.contain(absent);
    }
    expect(await tagged(eu, 'prod/apple', '1')).to.equal(digest);
  });

  it('ends with 1 when a copy fails, although another image is missing', async () => {
    const [one, other] = [await pushed('apple', '1'), await pushed('pear', '1')];
    project(
      'team',
      entry('apple', {[one]: ['1']}) + entry('pear', {[other]: ['1']}) + entry('plum', {[absent]: ['9']}),
    );
    eu.faults.add({method: 'POST', path: /\/prod\/apple\/blobs\/uploads/, action: {status: 507}});
    const {report} = await runThin(folder, {confirm: true});
    expect(lines(report)).to.deep.equal([
      'failed eu/prod/apple:1',
      'promoted eu/prod/pear:1',
      'missing eu/prod/plum:9',
    ]);
    expect(report.exitCode).to.equal(1);
  });

  it('stops before the first copy when a tag stands with another digest', async () => {
    const [one, other] = [await pushed('apple', '1'), await pushed('pear', '1')];
    await pushImage(eu, 'prod/pear', '1', {seed: 'stands'});
    project('team', entry('apple', {[one]: ['1']}) + entry('pear', {[other]: ['1']}));
    const before = await tagged(eu, 'prod/pear', '1');
    const {report} = await runThin(folder, {confirm: true});
    expect(report).to.include({ok: false, exitCode: 4});
    expect(lines(report)).to.deep.equal(['skipped eu/prod/apple:1', 'conflict eu/prod/pear:1']);
    expect(report.error?.message).to.contain(String(before)).and.contain('images/team/images.yaml:6');
    expect(writes(eu)).to.deep.equal([]);
    expect((await runThin(folder)).report.exitCode, 'of a dry run').to.equal(4);
  });

  it('goes on when one copy fails, and finishes it the next time', async () => {
    const [one, other] = [await pushed('apple', '1'), await pushed('pear', '1')];
    project('team', entry('apple', {[one]: ['1']}) + entry('pear', {[other]: ['1']}));
    const full = eu.faults.add({
      method: 'POST',
      path: /\/prod\/apple\/blobs\/uploads/,
      action: {status: 507},
    });
    const {report} = await runThin(folder, {confirm: true});
    expect(report.exitCode).to.equal(1);
    expect(lines(report)).to.deep.equal(['failed eu/prod/apple:1', 'promoted eu/prod/pear:1']);
    expect(report.edges[0]?.error?.message).to.contain('507');
    expect(await tagged(eu, 'prod/apple', '1')).to.equal(undefined);
    full.remove();
    const again = await runThin(folder, {confirm: true});
    expect(lines(again.report)).to.deep.equal(['promoted eu/prod/apple:1', 'up-to-date eu/prod/pear:1']);
  });

  it('goes on when one registry refuses, and tells when nothing was written', async () => {
    const digest = await pushed('apple', '1');
    const us = await registries.start();
    names.set(us.host, 'us');
    project('team', entry('apple', {[digest]: ['1']}), us, eu);
    us.faults.add({action: {status: 403}});
    const dry = await runThin(folder);
    expect(lines(dry.report)).to.deep.equal(['failed us/prod/apple:1', 'would-promote eu/prod/apple:1']);
    expect(dry.report.exitCode).to.equal(5);
    const {report} = await runThin(folder, {confirm: true});
    expect(lines(report)).to.deep.equal(['failed us/prod/apple:1', 'promoted eu/prod/apple:1']);
    expect(report.exitCode).to.equal(1);
  });

  it('copies one digest that two projects promote once', async () => {
    const digest = await pushed('apple', '1');
    project('team', entry('apple', {[digest]: ['1']}));
    const again = registriesText(staging.host, `${eu.host}/prod`);
    writeFiles(folder, {
      'manifests/zz/promoter-manifest.yaml': again,
      'images/zz/images.yaml': entry('apple', {[digest]: ['1']}),
    });
    const {report} = await runThin(folder, {confirm: true});
    expect(lines(report)).to.deep.equal(['promoted eu/prod/apple:1']);
  });

  describe('of one digest that two projects promote', () => {
    let digest: Digest;
    let other: TestRegistry;
    const second = 'zz/apple';

    beforeEach(async () => {
      digest = await pushed('apple', '1');
      other = await registries.start();
      project('team', entry('apple', {[digest]: ['1']}));
      writeFiles(folder, {
        'manifests/zz/promoter-manifest.yaml': registriesText(`${other.host}/zz`, `${eu.host}/prod`),
        'images/zz/images.yaml': entry('apple', {[digest]: ['1']}),
      });
    });

    const pushedThere = async () => {
      const {digest: same} = await pushImage(other, second, '1', {layers: 2, layerSize: 300, seed: 'apple'});
      expect(same).to.equal(digest);
    };
    const refer = (to: TestRegistry, repository: string, seed: string) =>
      pushArtifact(to, repository, undefined, {
        subject: {mediaType: mediaTypes.ociManifest, digest, size: 1},
        seed,
        layers: 1,
      });
    const signatureTag = () => `${digest.replace(':', '-')}.sig`;
    /** So many signatures of somebody, each a layer. */
    const sign = (to: TestRegistry, repository: string, seed: string, layers = 1) =>
      pushArtifact(to, repository, signatureTag(), {seed, layers});
    const warningsOf = ({events}: Awaited<ReturnType<typeof runThin>>) =>
      events.filter((event) => event.kind === 'warning').map(({message}) => message);

    for (const where of ['the image as well', 'nothing else'])
      it(`brings what refers to it from a second source that has ${where}, and counts on it the next time`, async () => {
        if (where === 'the image as well') await pushedThere();
        const first = await refer(staging, 'team/apple', 'first');
        const late = await refer(other, second, 'second');
        const signature = await sign(other, second, 'one');
        const run = await runThin(folder, {confirm: true});
        expect(lines(run.report)).to.deep.equal(['promoted eu/prod/apple:1']);
        await expectSameContent(staging, 'team/apple', first.digest, eu, 'prod/apple');
        for (const one of [late, signature])
          await expectSameContent(other, second, one.digest, eu, 'prod/apple');
        expect(await tagged(eu, 'prod/apple', signatureTag())).to.equal(signature.digest);
        expect(warningsOf(run)).to.deep.equal([]);
        const before = writes(eu).length;
        expect(lines((await runThin(folder, {confirm: true})).report)).to.deep.equal([
          'up-to-date eu/prod/apple:1',
        ]);
        expect(writes(eu).length).to.equal(before);
      });

    it('brings what refers to it from each source where all have lost the image', async () => {
      expect((await runThin(folder, {confirm: true})).report.exitCode).to.equal(0);
      const first = await refer(staging, 'team/apple', 'first');
      const late = await refer(other, second, 'second');
      await drop('apple', digest);
      const {report} = await runThin(folder, {confirm: true});
      expect(lines(report)).to.deep.equal(['promoted eu/prod/apple:1']);
      await expectSameContent(staging, 'team/apple', first.digest, eu, 'prod/apple');
      await expectSameContent(other, second, late.digest, eu, 'prod/apple');
    });

    it('asks only the one source where nothing is to travel with it', async () => {
      await sign(other, second, 'one');
      const {report} = await runThin(folder, {confirm: true, referrers: false});
      expect(lines(report)).to.deep.equal(['promoted eu/prod/apple:1']);
      expect(other.log.requests()).to.deep.equal([]);
    });

    it('takes the signature tag that has the signatures of both', async () => {
      await sign(staging, 'team/apple', 'one');
      const both = await sign(other, second, 'one', 2);
      const run = await runThin(folder, {confirm: true});
      expect(run.report.exitCode).to.equal(0);
      expect(await tagged(eu, 'prod/apple', signatureTag())).to.equal(both.digest);
      expect(warningsOf(run)).to.deep.equal([]);
    });

    it('tells of a signature that has no place beside that of the first source', async () => {
      const first = await sign(staging, 'team/apple', 'one');
      const late = await sign(other, second, 'two');
      const run = await runThin(folder, {confirm: true});
      expect(run.report.exitCode).to.equal(0);
      expect(await tagged(eu, 'prod/apple', signatureTag())).to.equal(first.digest);
      expect(warningsOf(run).join('\n')).to.contain(`${other.host}/${second}`).and.contain(late.digest);
    });

    it('writes nothing where a second source fails to tell what refers to it', async () => {
      other.faults.add({path: /\/referrers\//, action: {status: 500}});
      const {report} = await runThin(folder, {confirm: true});
      expect(report.exitCode).to.equal(5);
      expect(report.edges[0]?.error).to.include({side: 'source'});
      expect(report.edges[0]?.error?.message).to.contain(other.host);
      expect(await tagged(eu, 'prod/apple', '1')).to.equal(undefined);
    });

    it('goes on with a word where a second source refuses, as registries do what does not exist', async () => {
      other.faults.add({action: {status: 403}});
      const run = await runThin(folder, {confirm: true});
      expect(lines(run.report)).to.deep.equal(['promoted eu/prod/apple:1']);
      expect(warningsOf(run).join('\n'))
        .to.contain('does not tell what refers to it')
        .and.contain(other.host);
    });
  });

  it('asks for destinations as a reader only, as long as it is not confirmed', async () => {
    const users = [{name: 'u', password: 'p'}];
    const anyone = [{prefix: '', actions: ['pull'] as const}];
    const guarded = await registries.start({auth: {kind: 'bearer', users, anonymous: anyone}});
    const digest = await pushed('apple', '1');
    project('team', entry('apple', {[digest]: ['1']}), guarded);
    const {report} = await runThin(folder);
    expect(report.exitCode).to.equal(0);
    const scopes = guarded.log.requests({path: /^\/token/}).map(({url}) => decodeURIComponent(url));
    expect(scopes).to.not.be.empty;
    for (const scope of scopes) expect(scope).to.not.contain('push');
  });

  describe('finds out what is there', () => {
    const asked = (registry: TestRegistry) =>
      registry.log.requests().map(({method, url}) => `${method} ${url.replace(/sha256:\w+/, 'DIGEST')}`);
    const promoted = async (tags: string[]) => {
      const digest = await pushed('apple', '1');
      project('team', entry('apple', {[digest]: tags}));
      return digest;
    };

    it('by asking for the tag and the digest themselves: a list is a hint at best', async () => {
      const digest = await promoted(['1', '2', '3', '4', '5']);
      await pushImage(eu, 'prod/apple', '3', {layers: 2, layerSize: 300, seed: 'apple'});
      expect(await tagged(eu, 'prod/apple', '3')).to.equal(digest);
      eu.faults.add({path: /\/tags\/list/, action: {status: 200, body: '{"name":"prod/apple","tags":[]}'}});
      const {report} = await runThin(folder);
      expect(lines(report).filter((line) => line.startsWith('up'))).to.deep.equal([
        'up-to-date eu/prod/apple:3',
      ]);
      expect(asked(eu)).to.not.include('GET /v2/prod/apple/tags/list');
    });

    it('also of several digests without a tag, in repositories whose list is missing for that', async () => {
      const digests: Digest[] = [];
      for (const seed of ['a', 'b', 'c', 'd'])
        digests.push((await pushImage(staging, 'team/apple', undefined, {layers: 1, seed})).digest);
      for (const registry of [staging, eu])
        registry.faults.add({path: /\/tags\/list/, action: {status: 404}});
      project('team', entry('apple', Object.fromEntries(digests.map((digest) => [digest, []]))));
      expect((await runThin(folder, {confirm: true})).report.exitCode).to.equal(0);
      const {report} = await runThin(folder);
      expect(new Set(report.edges.map(({status}) => status))).to.deep.equal(new Set(['up-to-date']));
    });

    it('a tag that stands with another digest too, before anything is written', async () => {
      const [one, other] = [await pushed('apple', '1'), await pushed('pear', '1')];
      project('team', entry('apple', {[one]: ['1']}) + entry('pear', {[other]: ['1']}));
      await pushImage(eu, 'prod/pear', '1', {seed: 'stands'});
      eu.faults.add({path: /\/tags\/list/, action: {status: 200, body: '{"name":"prod/pear","tags":[]}'}});
      const {report} = await runThin(folder, {confirm: true});
      expect(report.exitCode).to.equal(4);
      expect(writes(eu)).to.deep.equal([]);
    });

    it('one by one where the registry does not list', async () => {
      const digest = await promoted(['1', '2', '3']);
      eu.faults.add({path: /\/tags\/list/, action: {status: 405}});
      await runThin(folder, {confirm: true});
      expect(await tagged(eu, 'prod/apple', '3')).to.equal(digest);
      expect((await runThin(folder)).report.edges.map(({status}) => status)).to.deep.equal(
        Array(3).fill('up-to-date'),
      );
    });
  });

  it('makes the same plan twice in the same order, and has nothing left to do after it was confirmed', async () => {
    const [us, asia] = [await registries.start(), await registries.start()];
    names.set(us.host, 'us').set(asia.host, 'asia');
    listLikeGoogle(us);
    for (const name of ['one', 'three', 'two']) {
      const digests = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (seed) => {
          const image = await pushImage(staging, `${name}/app-${seed}`, '1', {
            layers: 2,
            layerSize: 200,
            seed,
          });
          return image.digest;
        }),
      );
      const list = digests.map((digest, at) =>
        entry(`app-${'abcd'[at] ?? ''}`, {[digest]: at === 3 ? [] : ['1', 'latest', `x${at}`]}),
      );
      const to = [eu, us, asia].map(({host}) => `${host}/${name}`);
      writeFiles(folder, {
        [`manifests/${name}/promoter-manifest.yaml`]: registriesText(`${staging.host}/${name}`, ...to),
        [`images/${name}/images.yaml`]: list.reverse().join(''),
      });
      // partly promoted, and partly lost at the source since
      await pushImage(eu, `${name}/app-a`, '1', {layers: 2, layerSize: 200, seed: 'a'});
      for (const registry of [eu, us, asia])
        await pushImage(registry, `${name}/app-b`, 'x1', {layers: 2, layerSize: 200, seed: 'b'});
      await new RepositoryStore(staging.storage, `${name}/app-b`).deleteManifest(digests[1]!);
    }
    const plan = async () => {
      const {edges} = (await runThin(folder)).report;
      return JSON.stringify(edges.map((edge) => ({...edge, durationMs: 0})));
    };
    const first = await plan();
    expect(await plan()).to.equal(first);
    const {report} = await runThin(folder, {confirm: true});
    expect(report.exitCode).to.equal(0);
    expect(report.edges).to.have.lengthOf(3 * 3 * 10);
    expect(report.edges.map(({destination}) => destination)).to.deep.equal(
      (JSON.parse(first) as {destination: string}[]).map(({destination}) => destination),
    );
    const before = [eu, us, asia].map((registry) => writes(registry).length);
    const again = await runThin(folder, {confirm: true});
    expect(new Set(again.report.edges.map(({status}) => status))).to.deep.equal(new Set(['up-to-date']));
    expect(again.report.exitCode).to.equal(0);
    expect([eu, us, asia].map((registry) => writes(registry).length)).to.deep.equal(before);
  });

  it('tells that it was interrupted before the first copy, too', async () => {
    const digest = await pushed('apple', '1');
    project('team', entry('apple', {[digest]: ['1']}));
    const controller = new AbortController();
    const {signal} = controller;
    staging.faults.add({
      path: /\/manifests\//,
      action: {
        intercept: (exchange, next) => {
          controller.abort(new CorectlError({code: 'interrupted', message: 'interrupted', exitCode: 130}));
          return next(exchange);
        },
      },
    });
    const {report} = await runThin(folder, {confirm: true, signal});
    expect(report).to.include({ok: false, exitCode: 130});
    expect(report.error).to.include({code: 'interrupted'});
    expect(lines(report)).to.deep.equal(['skipped eu/prod/apple:1']);
    expect(writes(eu)).to.deep.equal([]);
  });

  it('tells what was not come to when it is interrupted', async () => {
    const digest = await pushed('apple', '1');
    project('team', entry('apple', {[digest]: ['1']}));
    const controller = new AbortController();
    const {signal} = controller;
    eu.faults.add({
      method: 'PUT',
      path: /\/blobs\/uploads/,
      action: {
        intercept: (exchange, next) => {
          controller.abort(new CorectlError({code: 'interrupted', message: 'interrupted', exitCode: 130}));
          return next(exchange);
        },
      },
    });
    const {report} = await runThin(folder, {confirm: true, signal});
    expect(report.exitCode).to.equal(130);
    expect(lines(report)).to.deep.equal(['skipped eu/prod/apple:1']);
    expect(await tagged(eu, 'prod/apple', '1')).to.equal(undefined);
  });
});
