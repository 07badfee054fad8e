import {expect} from 'chai';
import {execFile} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import type {Report} from '../../src/lib/promotion/report.ts';
import {isolated, runCli, writeProgram, type CliResult} from '../support/cli.ts';
import {remove, temporaryFolder} from '../support/git.ts';
import {executable} from '../support/real-tools.ts';
import {describeWithRealRegistry, startRealRegistry} from '../support/real-registry.ts';
import {pushImage, startTestRegistry, tagged, type TestRegistry} from '../support/registry.ts';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';

describe('corectl p2p promote with registries given', function () {
  let home: string;
  let [dev, eu]: TestRegistry[] = [];

  beforeEach(async () => {
    home = temporaryFolder();
    [dev, eu] = [await startTestRegistry(), await startTestRegistry()];
  });
  afterEach(async () => {
    remove(home);
    await Promise.all([dev!.close(), eu!.close()]);
  });

  const promote = (args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> =>
    runCli(['p2p', 'promote', ...args], {home, env});
  const registries = (): string[] => [
    `--source-registry=${dev!.host}/team`,
    '--source-stage=staging',
    `--dest-registry=${eu!.host}/team`,
    '--dest-stage=live',
  ];
  const digestAt = (tag: string, repository = 'team/live/app') => tagged(eu!, repository, tag);

  it('needs no init, and the report knows no environment', async () => {
    const image = await pushImage(dev!, 'team/staging/app', '1.2.3');
    const {code, stdout} = await promote(['app:1.2.3', ...registries(), '--json']);
    expect(code).to.equal(0);
    const report = JSON.parse(stdout) as Report;
    expect(report).to.include({tenant: null, fromStage: 'staging'});
    expect(report.images[0]!.source.environment).to.equal(null);
    expect(report.images[0]!.destinations[0]).to.include({
      environment: null,
      stage: 'live',
      status: 'promoted',
    });
    expect(await digestAt('1.2.3')).to.equal(image.digest);
  });

  it('takes everything from environment variables, under both of their names, and empty ones count as unset', async () => {
    await pushImage(dev!, 'team/staging/app', '1.2.3');
    const env = {
      SOURCE_REGISTRY: `${dev!.host}/team`,
      SOURCE_REPO_PATH: 'staging',
      REGISTRY: `${eu!.host}/team`,
      DEST_STAGE: '',
      DEST_REPO_PATH: 'live',
      DEST_REGISTRY: '',
    };
    expect((await promote(['app:1.2.3'], env)).code).to.equal(0);
    expect(await digestAt('1.2.3')).to.be.a('string');
  });

  it('takes the older names of the stages', async () => {
    await pushImage(dev!, 'team/staging/app', '1.2.3');
    const args = [
      '--source-registry',
      `${dev!.host}/team`,
      '--source-repo-path',
      'staging',
      '--dest-registry',
      `${eu!.host}/team`,
      '--dest-repo-path',
      'live',
    ];
    expect((await promote(['app:1.2.3', ...args])).code).to.equal(0);
  });

  it('refuses a login in an address, and does not show its password', async () => {
    const login = 'ci:Wq7rGa4kNz@registry.example.com';
    const asFlag = await promote([
      'app:1',
      `--source-registry=${login}/a`,
      ...registries().slice(1),
      '--json',
    ]);
    const asVariable = await promote(['app:1', ...registries().slice(1), '--json'], {SOURCE_REGISTRY: login});
    const snapshot = await runCli(['snapshot', `https://${login}`, '--json'], {home});
    for (const {code, stdout, stderr} of [asFlag, asVariable, snapshot]) {
      expect([code, stdout.includes('registry.example.com')]).to.deep.equal([2, true]);
      expect(stdout + stderr).to.not.contain('Wq7rGa4kNz');
    }
  });

  it('cannot be mixed with the other form, nor be left incomplete', async () => {
    const mixed = await promote(['app:1.2.3', ...registries(), '--tenant', 'payments']);
    expect([mixed.code, mixed.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 2 && /cannot be combined/.test(text),
    );
    const incomplete = await promote(['app:1.2.3', '--source-registry', dev!.host]);
    expect(incomplete.code).to.equal(2);
    expect(incomplete.stderr).to.match(/--source-stage or SOURCE_STAGE.*--dest-registry/);
    expect((await promote(['app:1.2.3', '--source-registry=a b', ...registries().slice(1)])).code).to.equal(
      2,
    );
  });

  it('knows one registry by its name in capitals: blobs are mounted', async () => {
    const image = await pushImage(dev!, 'team/staging/app', '1.2.3');
    const host = dev!.host.replace('127.0.0.1', 'localhost');
    const {code, stderr} = await promote([
      'app:1.2.3',
      `--source-registry=${host.toUpperCase()}/team`,
      '--source-stage=staging',
      `--dest-registry=${host}/team`,
      '--dest-stage=live',
    ]);
    expect(code, stderr).to.equal(0);
    expect(await tagged(dev!, 'team/live/app', '1.2.3')).to.equal(image.digest);
    expect(dev!.log.requests({method: 'POST'}).every(({url}) => url.includes('mount='))).to.equal(true);
  });

  for (const registry of ['registry/team', 'team', 'https://registry/team', 'Registry']) {
    it(`takes no part of a path for a host, nor adds one: ${registry}`, async () => {
      const other = registries().map((flag) => flag.replace(/^(--dest-registry)=.*/, `$1=${registry}`));
      const {code, stderr} = await promote(['app:1.2.3', ...other]);
      expect(code).to.equal(2);
      expect(stderr).to.match(/is no registry host.*HOST\[:PORT\]/s);
      expect([dev!, eu!].flatMap(({log}) => log.requests())).to.deep.equal([]);
    });
  }

  describe('under further tags', () => {
    it('writes the tags given and those of the version, all with one digest', async () => {
      const image = await pushImage(dev!, 'team/staging/app', '1.2.3');
      const {code, stdout} = await promote([
        'app:1.2.3',
        ...registries(),
        '--tag',
        'latest',
        '--semver-tags',
        '--json',
      ]);
      expect(code).to.equal(0);
      for (const tag of ['1.2.3', '1.2', '1', 'latest'])
        expect(await digestAt(tag), tag).to.equal(image.digest);
      const {tags} = (JSON.parse(stdout) as Report).images[0]!.destinations[0]!;
      expect(tags.map(({tag, status}) => [tag, status])).to.deep.equal([
        ['latest', 'written'],
        ['1.2', 'written'],
        ['1', 'written'],
      ]);
    });

    it('moves them without --overwrite, telling from where, while the own tag stays protected', async () => {
      const first = await pushImage(dev!, 'team/staging/app', '1.2.3', {seed: 'first'});
      await promote(['app:1.2.3', ...registries(), '--semver-tags']);
      await pushImage(dev!, 'team/staging/app', '1.2.4', {seed: 'second'});
      const {code, stdout} = await promote(['app:1.2.4', ...registries(), '--semver-tags', '--json']);
      expect(code).to.equal(0);
      const {tags} = (JSON.parse(stdout) as Report).images[0]!.destinations[0]!;
      expect(tags[0]).to.deep.equal({tag: '1.2', status: 'written', existingDigest: first.digest});
    });

    it('never moves them back to an earlier version, unless told to', async () => {
      await pushImage(dev!, 'team/staging/app', '1.2.3', {seed: 'earlier'});
      const later = await pushImage(dev!, 'team/staging/app', '1.2.4', {seed: 'later'});
      await promote(['app:1.2.4', ...registries(), '--semver-tags', '--tag', 'latest']);
      const {code, stdout, stderr} = await promote([
        'app:1.2.3',
        ...registries(),
        '--semver-tags',
        '--tag',
        'latest',
      ]);
      expect(code).to.equal(0);
      expect(stdout + stderr).to.match(/1\.2 points to 1\.2\.4, which is later than 1\.2\.3, and is kept/);
      for (const tag of ['1.2', '1', 'latest']) expect(await digestAt(tag), tag).to.equal(later.digest);
      expect(await digestAt('1.2.3')).to.be.a('string');
      await promote(['app:1.2.3', ...registries(), '--semver-tags', '--overwrite']);
      expect(await digestAt('1.2')).to.equal(await digestAt('1.2.3'));
    });

    it('looks at them anew where a later version came while this one was copied', async () => {
      await pushImage(dev!, 'team/staging/app', '1.2.3', {seed: 'earlier'});
      const first = await pushImage(eu!, 'team/live/app', '1.2', {seed: 'first'});
      const later = await pushImage(eu!, 'team/live/app', undefined, {seed: 'later'});
      const other = await pushImage(eu!, 'team/live/app', undefined, {seed: 'other'});
      const store = new RepositoryStore(eu!.storage, 'team/live/app');
      eu!.faults.add({
        method: 'PUT',
        path: /\/blobs\/uploads\//,
        times: 1,
        action: {
          intercept: async (exchange, next) => {
            for (const tag of ['1.2.4', '1.2']) await store.tag(tag, later.digest);
            await store.tag('latest', other.digest);
            return next(exchange);
          },
        },
      });
      const floating = ['--tag', '1.2', '--tag', 'latest'];
      const {code, stdout} = await promote(['app:1.2.3', ...registries(), ...floating, '--json']);
      expect(code).to.equal(0);
      const {tags} = (JSON.parse(stdout) as Report).images[0]!.destinations[0]!;
      expect(tags).to.deep.equal([
        {tag: '1.2', status: 'kept', existingDigest: later.digest},
        {tag: 'latest', status: 'written', existingDigest: other.digest},
      ]);
      expect(await digestAt('1.2'))
        .to.equal(later.digest)
        .and.not.equal(first.digest);
      expect(await digestAt('latest')).to.equal(await digestAt('1.2.3'));
    });

    it('has nothing to do the second time', async () => {
      await pushImage(dev!, 'team/staging/app', '1.2.3');
      await promote(['app:1.2.3', ...registries(), '--semver-tags']);
      const {stdout} = await promote(['app:1.2.3', ...registries(), '--semver-tags', '--json']);
      expect((JSON.parse(stdout) as Report).images[0]!.destinations[0]!.status).to.equal('up-to-date');
    });

    it('shows them in a dry run without writing', async () => {
      await pushImage(dev!, 'team/staging/app', '1.2.3');
      const {stdout} = await promote(['app:1.2.3', ...registries(), '--tag', 'latest', '--dry-run']);
      expect(stdout).to.include('would also be tagged latest');
      expect(await digestAt('latest')).to.equal(undefined);
    });

    it('refuses what is no tag, naming the usual replacement for build data', async () => {
      const {code, stderr} = await promote(['app:1.2.3', ...registries(), '--tag', '1.2.3+build5']);
      expect(code).to.equal(2);
      expect(stderr).to.include('1.2.3-build5');
    });
  });

  it('promotes under another name and path', async () => {
    const image = await pushImage(dev!, 'team/staging/app', '1.2.3');
    expect(
      (await promote(['app:1.2.3', ...registries(), '--dest-image', 'shop', '--dest-path', 'public/apps']))
        .code,
    ).to.equal(0);
    expect(await digestAt('1.2.3', 'team/live/public/apps/shop')).to.equal(image.digest);
    const two = await promote(['app:1.2.3', 'web:1.2.3', ...registries(), '--dest-image', 'shop']);
    expect(two.code).to.equal(2);
  });

  it('takes a base and an application to another namespace with exactly the tags of their versions', async () => {
    await pushImage(dev!, 'team/staging/base', '2.4.6', {seed: 'base'});
    const image = await pushImage(dev!, 'team/staging/app', '0.1.0-base2.4.6', {seed: 'application'});
    expect((await promote(['base:2.4.6', ...registries(), '--dest-path', 'public'])).code).to.equal(0);
    const templates = [
      '--semver-tag-template',
      '{major}.{minor}',
      '--semver-tag-template',
      '{major}.{minor}.{patch}',
    ];
    expect(
      (
        await promote([
          'app:0.1.0-base2.4.6',
          ...registries(),
          '--dest-path',
          'public',
          '--tag',
          'latest',
          ...templates,
        ])
      ).code,
    ).to.equal(0);
    const store = new RepositoryStore(eu!.storage, 'team/live/public/app');
    const tags = [...(await store.tags())].sort();
    expect(tags).to.deep.equal(['0.1', '0.1.0', '0.1.0-base2.4.6', 'latest']);
    for (const tag of tags) expect(await digestAt(tag, 'team/live/public/app')).to.equal(image.digest);
  });
});

describeWithRealRegistry('an older Makefile with registries given', function () {
  it('promotes between two servers as it stands, where make is installed', async function () {
    if (executable('make') === undefined) this.skip();
    const [source, destination] = [await startRealRegistry(), await startRealRegistry()];
    const folder = temporaryFolder();
    try {
      const builtIn = await startTestRegistry({uploadQuery: ''});
      const image = await pushImage(builtIn, 'any/seed/app', '1.2.3');
      const seed = [
        'p2p',
        'promote',
        'app:1.2.3',
        '--source-registry',
        `${builtIn.host}/any`,
        '--source-stage',
        'seed',
        '--dest-registry',
        `${source.host}/tenant/payments`,
        '--dest-stage',
        'fast-feedback',
      ];
      expect((await runCli(seed, {home: folder})).code).to.equal(0);
      await builtIn.close();
      mkdirSync(path.join(folder, 'bin'));
      writeProgram(path.join(folder, 'bin'));
      writeFileSync(
        path.join(folder, 'Makefile'),
        'image_name := app\nimage_tag := 1.2.3\n\np2p-promote-to-extended-test:\n\tcorectl p2p promote $(image_name):$(image_tag) --source-stage fast-feedback --dest-stage extended-test\n',
      );
      const base = isolated(folder);
      const env = {
        ...base,
        PATH: `${path.join(folder, 'bin')}:${base.PATH}`,
        SOURCE_REGISTRY: `${source.host}/tenant/payments`,
        REGISTRY: `${destination.host}/tenant/payments`,
      };
      await promisify(execFile)('make', ['p2p-promote-to-extended-test'], {cwd: folder, env});
      const answer = await fetch(
        `${destination.origin}/v2/tenant/payments/extended-test/app/manifests/1.2.3`,
        {headers: {accept: image.mediaType}},
      );
      expect(answer.headers.get('docker-content-digest')).to.equal(image.digest);
    } finally {
      await Promise.all([source.stop(), destination.stop()]);
      remove(folder);
    }
  });
});
