import {expect} from 'chai';
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {CorectlError} from '../../../src/lib/errors.ts';
import {readPromotions} from '../../../src/lib/promoter-manifests/promotions.ts';
import {anonymous, type Credential} from '../../../src/lib/distribution/credential.ts';
import type {RepositoryName} from '../../../src/lib/oci/reference.ts';
import {Connection} from '../../../src/lib/access/connection.ts';
import {RepositoryStore} from '../../../src/lib/registry/repository-store.ts';
import {formatSnapshot, type SnapshotFormat} from '../../../src/lib/snapshot/format.ts';
import {snapshotOfPromotions, withoutParts} from '../../../src/lib/snapshot/from-manifests.ts';
import type {Snapshot} from '../../../src/lib/snapshot/snapshot.ts';
import {takeSnapshot, type SnapshotOptions} from '../../../src/lib/snapshot/take.ts';
import {remove, temporaryFolder, writeFiles} from '../../support/git.ts';
import {entry, registriesText, runThin} from '../../support/manifests.ts';
import {listLikeGoogle} from '../../support/registry-google.ts';
import {
  expectSameContent,
  pushArtifact,
  pushImage,
  pushIndex,
  pushManifest,
  registriesOfTest,
} from '../../support/registry.ts';
import {executable} from '../../support/real-tools.ts';
import type {TestRegistry} from '../../support/registry.ts';

const small = {layers: 1, layerSize: 100};

describe('a snapshot', () => {
  const registries = registriesOfTest();
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
  });

  const rootOf = ({host}: {host: string}, below = 'team'): RepositoryName => ({
    host,
    path: below,
    plainHttp: true,
  });
  const take = async (
    registry: TestRegistry,
    {
      below,
      format = 'yaml',
      credential = anonymous,
      ...options
    }: Partial<SnapshotOptions> & {
      below?: string;
      format?: SnapshotFormat;
      credential?: Credential;
    } = {},
  ) => {
    const identity = {id: 'me', describe: () => 'me', credential: () => Promise.resolve(credential)};
    const connection = new Connection({identityOf: () => identity, retries: {attempts: 2, delay: 1}});
    const sessionFor = (repository: RepositoryName) =>
      connection.session({environment: null, label: repository.host, stage: null, repository}, 'source');
    try {
      const warn = (line: string) => warnings.push(line);
      const all = {minimal: false, images: [], warn, ...options};
      return formatSnapshot(await takeSnapshot(rootOf(registry, below), sessionFor, all), format);
    } finally {
      connection.close();
    }
  };
  const failure = async (taken: Promise<unknown>): Promise<CorectlError> => {
    const error = await taken.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(CorectlError);
    return error as CorectlError;
  };
  /** An index with two tags, an image below it in the path, and repositories that are none of the team's. */
  const fill = async (registry: TestRegistry) => {
    const index = await pushIndex(registry, 'team/apple', 'latest', {...small, seed: 'apple'});
    await new RepositoryStore(registry.storage, 'team/apple').tag('1.10', index.digest);
    await new RepositoryStore(registry.storage, 'team/apple').tag('1.1', index.digest);
    const pear = await pushImage(registry, 'team/fruit/pear', 'v1', {...small, seed: 'pear'});
    await pushImage(registry, 'teams/other', '1', small);
    await pushImage(registry, 'other', '1', small);
    return {
      index: index.digest,
      children: index.children.map(({digest}) => digest).sort(),
      pear: pear.digest,
    };
  };

  for (const google of [false, true]) {
    describe(google ? "of a registry that lists as Google's do" : 'by catalog and tags', () => {
      const start = async () => {
        const registry = await registries.start({tagPageSize: 2});
        if (google) listLikeGoogle(registry);
        return registry;
      };

      it('has names, digests and tags in order, with the parts of indexes', async () => {
        const registry = await start();
        const {index, children, pear} = await fill(registry);
        const digests = [index, ...children].sort();
        const listed = digests.map(
          (one) => `    "${one}": [${one === index ? '"1.1", "1.10", "latest"' : ''}]\n`,
        );
        expect(await take(registry)).to.equal(
          `- name: apple\n  dmap:\n${listed.join('')}- name: fruit/pear\n  dmap:\n    "${pear}": ["v1"]\n`,
        );
        expect(await take(registry)).to.equal(await take(registry));
      });

      it('leaves the parts of indexes out when it is minimal, unless they have a tag', async () => {
        const registry = await start();
        const {index, children, pear} = await fill(registry);
        await new RepositoryStore(registry.storage, 'team/apple').tag('amd64', children[0]!);
        const lines = [
          ...[
            `${index},apple:1.1`,
            `${index},apple:1.10`,
            `${index},apple:latest`,
            `${children[0]!},apple:amd64`,
          ].sort(),
        ].map((line) => `apple@${line}\n`);
        expect(await take(registry, {minimal: true, format: 'csv'})).to.equal(
          `${lines.join('')}fruit/pear@${pear},fruit/pear:v1\n`,
        );
      });

      it('leaves out what cosign attached to what is there when it is minimal, and nothing that is called so', async () => {
        const registry = await start();
        const {index, children, pear} = await fill(registry);
        const name = (digest: string, suffix: string) => `${digest.replace(':', '-')}.${suffix}`;
        const attach = (repository: string, tag: string) =>
          pushArtifact(registry, repository, tag, {seed: tag, layers: 1});
        await attach('team/apple', name(index, 'sig'));
        await attach('team/apple', name(index, 'att'));
        await attach('team/apple', name(children[0]!, 'sbom'));
        const subject = {digest: index, mediaType: 'application/vnd.oci.image.index.v1+json', size: 1};
        await pushArtifact(registry, 'team/apple', undefined, {seed: 'bundle', subject});
        const before = `apple@${index},apple:1.1\napple@${index},apple:1.10\napple@${index},apple:latest\nfruit/pear@${pear},fruit/pear:v1\n`;
        const minimal = {minimal: true, format: 'csv'} as const;
        expect(await take(registry, minimal)).to.equal(before);
        const all = await take(registry, {format: 'csv'});
        expect(all).to.contain(`,apple:${name(index, 'sig')}\n`);
        // an image to be run, and a signature of nothing that is there
        const image = await pushImage(registry, 'team/fruit/pear', name(pear, 'sig'), {
          ...small,
          seed: 'foreign',
        });
        await attach('team/fruit/pear', name(`sha256:${'f'.repeat(64)}`, 'sig'));
        const foreign = (await take(registry, minimal)).split('\n').filter((line) => line.includes('.sig'));
        expect(foreign).to.have.lengthOf(2);
        expect(foreign).to.include(`fruit/pear@${image.digest},fruit/pear:${name(pear, 'sig')}`);
      });

      it('says - where there is no tag, and is also JSON that reads as the list', async () => {
        const registry = await start();
        const {index, children} = await fill(registry);
        const csv = await take(registry, {format: 'csv', images: ['apple']});
        for (const child of children) expect(csv).to.contain(`apple@${child},-\n`);
        const json = JSON.parse(await take(registry, {format: 'json', images: ['apple']})) as unknown;
        const dmap = Object.fromEntries(
          [index, ...children].sort().map((one) => [one, one === index ? ['1.1', '1.10', 'latest'] : []]),
        );
        expect(json).to.deep.equal([{name: 'apple', dmap}]);
      });

      it('promotes all of it when it is fed back, attachments included', async () => {
        const registry = await start();
        const {index, pear} = await fill(registry);
        const subject = {mediaType: 'application/vnd.oci.image.index.v1+json', digest: index, size: 1};
        await pushArtifact(registry, 'team/apple', undefined, {subject});
        await pushImage(registry, 'team/apple', `${index.replace(':', '-')}.sig`, {
          ...small,
          seed: 'signature',
        });
        const prod = await start();
        const folder = temporaryFolder();
        try {
          writeFiles(folder, {
            'manifests/team/promoter-manifest.yaml': registriesText(
              `${registry.host}/team`,
              `${prod.host}/team`,
            ),
            'images/team/images.yaml': await take(registry),
          });
          const {report} = await runThin(folder, {confirm: true});
          expect(report.edges.filter(({status}) => status !== 'promoted')).to.deep.equal([]);
          await expectSameContent(registry, 'team/apple', index, prod, 'team/apple');
          await expectSameContent(registry, 'team/fruit/pear', pear, prod, 'team/fruit/pear');
          expect(await take(prod)).to.equal(await take(registry));
          expect((await runThin(folder)).report.edges.every(({status}) => status === 'up-to-date')).to.equal(
            true,
          );
        } finally {
          remove(folder);
        }
      });
    });
  }

  it('of two registries differs where they differ, a line for a digest (skipped without diff)', async function () {
    if (executable('diff') === undefined) this.skip();
    const [one, other] = [await registries.start(), await registries.start()];
    await fill(one);
    await fill(other);
    await new RepositoryStore(other.storage, 'team/fruit/pear').deleteTag('v1');
    const {digest} = await pushImage(other, 'team/fruit/pear', 'v2', {...small, seed: 'pear'});
    const folder = temporaryFolder();
    try {
      writeFiles(folder, {one: await take(one), other: await take(other)});
      let difference = '';
      try {
        execFileSync('diff', ['one', 'other'], {cwd: folder, stdio: 'pipe'});
      } catch (error) {
        difference = String((error as {stdout: Buffer}).stdout);
      }
      expect(difference.split('\n').filter((line) => /^[<>]/.test(line))).to.deep.equal([
        `<     "${digest}": ["v1"]`,
        `>     "${digest}": ["v2"]`,
      ]);
    } finally {
      remove(folder);
    }
  });

  it('leaves out what an index lists and the repository lacks, and what only refers to an image', async () => {
    const registry = await registries.start();
    const {digest} = await pushIndex(registry, 'team/app', '1', {...small, sparse: true});
    await pushIndex(registry, 'team/app', digest.replace(':', '-'), {
      ...small,
      seed: 'referrers',
      platforms: [],
    });
    const csv = await take(registry, {format: 'csv'});
    expect(csv.split('\n').filter((line) => line !== '')).to.have.lengthOf(2);
    expect(csv).to.contain(`app@${digest},app:1`).and.not.contain('app:sha256-');
  });

  it('needs a catalog, or the names of the images', async () => {
    const registry = await registries.start({catalog: false});
    const {pear} = await fill(registry);
    const {code, exitCode, suggestions} = await failure(take(registry));
    expect({code, exitCode}).to.deep.equal({code: 'no-catalog', exitCode: 5});
    expect(suggestions[0]).to.contain(`corectl snapshot ${registry.host}/team --image NAME`);
    expect(await take(registry, {images: ['fruit/pear'], format: 'csv'})).to.equal(
      `fruit/pear@${pear},fruit/pear:v1\n`,
    );
  });

  it('says of a repository that is not there that it is not', async () => {
    const registry = await registries.start();
    await fill(registry);
    for (const wrong of [take(registry, {images: ['gone']}), take(registry, {below: 'gone'})]) {
      const {code, exitCode, suggestions} = await failure(wrong);
      expect({code, exitCode}).to.deep.equal({code: 'repository-not-found', exitCode: 3});
      expect(suggestions[0]).to.contain('check the name');
    }
  });

  it('goes on to the catalog where the path itself may not be listed', async () => {
    const registry = await registries.start();
    const {pear} = await fill(registry);
    registry.faults.add({path: /\/v2\/team\/tags\/list/, action: {status: 403}});
    expect(await take(registry, {format: 'csv'})).to.contain(`fruit/pear@${pear},fruit/pear:v1\n`);
  });

  it('asks for the catalog with a token of its own', async () => {
    const auth = {kind: 'bearer', users: [{name: 'u', password: 'p'}]} as const;
    const registry = await registries.start({auth});
    const {pear} = await fill(registry);
    const credential = {kind: 'basic', username: 'u', password: 'p'} as const;
    expect(await take(registry, {below: '', format: 'csv', minimal: true, credential})).to.contain(
      `team/fruit/pear@${pear},team/fruit/pear:v1\n`,
    );
  });

  it('has all repositories of a catalog that is cut without a word', async () => {
    const registry = await registries.start({tagPageSize: 50});
    for (let at = 100; at < 230; at += 1) await pushImage(registry, `team/image-${at}`, '1', small);
    registry.faults.add({path: /_catalog/, action: {headers: {link: undefined}}});
    expect((await take(registry, {format: 'csv'})).trim().split('\n')).to.have.lengthOf(130);
    expect(registry.log.requests({path: /_catalog/})).to.have.lengthOf(3);
  });

  it('has an index within an index although nobody can read what it lists', async () => {
    const registry = await registries.start();
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const odd = await pushManifest(registry, 'team/app', undefined, {manifests: 'none'}, {mediaType});
    await pushIndex(registry, 'team/app', '1', {...small, platforms: [], children: [odd]});
    expect(await take(registry, {format: 'csv'})).to.contain(`app@${odd.digest},-\n`);
  });

  it('does not lead to another host for its next page', async () => {
    const registry = await registries.start();
    const elsewhere = await registries.start();
    await fill(registry);
    const link = `<${elsewhere.url}/v2/_catalog?last=x>; rel="next"`;
    registry.faults.add({path: /_catalog/, when: 'after', action: {headers: {link}}});
    expect((await failure(take(registry))).message).to.contain('another host');
    expect(elsewhere.log.requests()).to.deep.equal([]);
  });

  it('warns of images that stand at the path itself', async () => {
    const registry = await registries.start();
    await fill(registry);
    await pushImage(registry, 'other/app', '1', small);
    expect(await take(registry, {below: 'other'})).to.contain('- name: app\n');
    expect(warnings.join()).to.contain(`${registry.host}/other may hold images itself`);
  });

  it('is no empty list where the path is an image itself: how to name it is told', async () => {
    const registry = await registries.start();
    await fill(registry);
    for (const [below, command] of [
      ['other', `${registry.host} --image other`],
      ['team/fruit/pear', `${registry.host}/team/fruit --image pear`],
    ] as const) {
      const {code, exitCode, suggestions} = await failure(take(registry, {below}));
      expect([code, exitCode]).to.deep.equal(['repository-not-found', 3]);
      expect(suggestions.join()).to.contain(`corectl snapshot ${command}`);
    }
  });

  it('of manifests has what they promote into a registry, by whole segments of its path', () => {
    const folder = temporaryFolder();
    const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
    const project = (name: string, images: string, ...to: string[]) => {
      writeFiles(folder, {
        [`manifests/${name}/promoter-manifest.yaml`]: registriesText('s.example.com', ...to),
        [`images/${name}/images.yaml`]: images,
      });
    };
    try {
      project(
        'a',
        entry('apple', {[digest('a')]: ['1'], [digest('b')]: []}),
        'r.example.com/prod',
        'eu.example.com',
      );
      project('b', entry('apple', {[digest('a')]: ['latest']}), 'R.example.com:443/prod');
      project(
        'c',
        entry('pear', {[digest('c')]: ['1']}),
        'r.example.com/prod/fruit',
        'r.example.com/production',
      );
      const promotions = readPromotions({kind: 'thin', folder}, path.resolve(folder));
      expect(promotions.problems).to.deep.equal([]);
      const of = (below: string) =>
        formatSnapshot(
          snapshotOfPromotions(promotions, {host: 'r.example.com', path: below, plainHttp: false}),
          'yaml',
        );
      expect(of('prod')).to.equal(
        entry('apple', {[digest('a')]: ['1', 'latest'], [digest('b')]: []}) +
          entry('fruit/pear', {[digest('c')]: ['1']}),
      );
      expect(of('prod/fruit')).to.equal(entry('pear', {[digest('c')]: ['1']}));
      expect(() => of('pro')).to.throw('no manifest promotes into r.example.com/pro');
    } finally {
      remove(folder);
    }
  });

  it('of manifests leaves out the parts of indexes that are there, when it is minimal', async () => {
    const registry = await registries.start();
    const {index, children, pear} = await fill(registry);
    const listed = [index, ...children];
    const snapshot = [
      {name: 'apple', digests: listed.map((one) => ({digest: one, tags: one === index ? ['1.1'] : []}))},
      {name: 'fruit/pear', digests: [{digest: pear, tags: []}]},
      {name: 'plum', digests: listed.map((one) => ({digest: one, tags: []}))},
    ] as Snapshot;
    const identity = {id: 'me', describe: () => 'me', credential: () => Promise.resolve(anonymous)};
    const connection = new Connection({identityOf: () => identity, retries: {attempts: 1, delay: 1}});
    const session = (name: string) => {
      const repository = {...rootOf(registry), path: `team/${name}`};
      return connection.session({environment: null, label: 'r', stage: null, repository}, 'source');
    };
    try {
      const minimal = await withoutParts(snapshot, session);
      expect(minimal.map(({name, digests}) => [name, digests.map(({digest}) => digest)])).to.deep.equal([
        ['apple', [index]],
        ['fruit/pear', [pear]],
        // not promoted yet: nothing tells
        ['plum', listed],
      ]);
      registry.faults.add({path: /\/apple\/manifests/, action: {status: 403}});
      expect((await failure(withoutParts(snapshot, session))).exitCode).to.equal(5);
    } finally {
      connection.close();
    }
  });

  it('quotes names that other readers would not take for text', () => {
    const text = formatSnapshot(
      [
        {name: '123', digests: []},
        {name: 'null', digests: []},
      ],
      'yaml',
    );
    expect(text).to.equal('- name: "123"\n  dmap:\n- name: "null"\n  dmap:\n');
  });
});
