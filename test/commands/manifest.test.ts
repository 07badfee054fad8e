import {expect} from 'chai';
import {existsSync, linkSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import type {ManifestReport} from '../../src/lib/promoter-manifests/report.ts';
import {runCli, type CliOptions} from '../support/cli.ts';
import {commit, remove, temporaryFolder, writeFiles} from '../support/git.ts';
import {entry, registriesText} from '../support/manifests.ts';
import {listLikeGoogle} from '../support/registry-google.ts';
import {signImage, testKey} from '../support/signatures.ts';
import {pushImage, registriesOfTest, tagged, type TestRegistry} from '../support/registry.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

describe('corectl manifest', () => {
  const registries = registriesOfTest();
  let work: string;
  beforeEach(() => {
    work = temporaryFolder();
    mkdirSync(path.join(work, 'home'));
  });
  afterEach(() => {
    remove(work);
  });
  const corectl = (args: string[], options: CliOptions = {}) =>
    runCli(['manifest', ...args], {home: path.join(work, 'home'), cwd: work, ...options});

  describe('promote', () => {
    let staging: TestRegistry;
    let prod: TestRegistry;
    let apple: string;
    const plain = () =>
      `${registriesText(`${staging.host}/team`, prod.host)}images:\n${entry('apple', {[apple]: ['1', 'latest']})}`;
    beforeEach(async () => {
      [staging, prod] = [await registries.start(), await registries.start()];
      apple = (await pushImage(staging, 'team/apple', '1', {layers: 1, layerSize: 1000})).digest;
      writeFiles(work, {'apple.yaml': plain()});
    });

    it('shows what it would do, does it when that is confirmed, and then has nothing to do', async () => {
      const dry = await corectl(['promote', '-m', 'apple.yaml']);
      expect(dry.code).to.equal(0);
      expect(dry.stdout).to.match(/^would promote +apple +sha256:\w{12} +127\.0\.0\.1:\d+\/apple:1$/m);
      expect(dry.stdout).to.match(
        /^Dry run, nothing was written: 2 edges would promote\. .* to copy.* --confirm does it\.$/m,
      );
      expect(await tagged(prod, 'apple', '1')).to.equal(undefined);
      const done = await corectl(['promote', '--manifest', 'apple.yaml', '--confirm']);
      expect(done.code).to.equal(0);
      expect(done.stdout).to.match(/^2 edges promoted in .* copied\.$/m);
      expect(await tagged(prod, 'apple', 'latest')).to.equal(apple);
      const again = await corectl(['promote', '-m', 'apple.yaml', '--confirm']);
      expect(again.stdout).to.match(/^Nothing to do: 2 edges up to date in/);
    });

    it('is refused by what --policy demands, also of what only its destination still has', async () => {
      const key = testKey();
      const {digest} = await pushImage(staging, 'team/app', '1');
      const listing = (tags: string[]) =>
        `${registriesText(`${staging.host}/team`, `${prod.host}/prod`)}images:\n${entry('app', {[digest]: tags})}`;
      writeFiles(work, {
        'build.pub': key.pem,
        'policy.yaml': 'trust: {build: {key: build.pub}}\nrequire: {signed: build}\n',
        'tagged.yaml': listing(['1']),
        'untagged.yaml': listing([]),
      });
      const promote = async () => {
        const run = await corectl(['promote', '-m', 'tagged.yaml', '--policy', 'policy.yaml', '--confirm']);
        return {...run, tagged: await tagged(prod, 'prod/app', '1')};
      };
      const refused = await promote();
      expect([refused.code, refused.tagged]).to.deep.equal([6, undefined]);
      expect(refused.stdout).to.match(/policy\.yaml:2:\d+.*signed: build: found no signature/);
      // it stands at the destination without a tag, and the source has lost it
      expect((await corectl(['promote', '-m', 'untagged.yaml', '--confirm'])).code).to.equal(0);
      staging.faults.add({path: /team\/app/, action: {status: 404}});
      const bereft = await promote();
      expect([bereft.code, bereft.tagged]).to.deep.equal([6, undefined]);
      await signImage({name: 'prod', registry: prod, path: 'prod'}, digest, {key});
      const signed = await promote();
      expect([signed.code, signed.tagged]).to.deep.equal([0, digest]);
      // what is in place is not judged again
      writeFiles(work, {'build.pub': testKey().pem});
      expect((await promote()).code).to.equal(0);
    });

    it('is let through by a signature that only a second source has, and brings it', async () => {
      const key = testKey();
      const image = {layers: 1, seed: 'app'};
      const {digest} = await pushImage(staging, 'team/app', '1', image);
      await pushImage(staging, 'other/app', '1', image);
      await signImage({name: 'other', registry: staging, path: 'other'}, digest, {key});
      const listing = (from: string) =>
        `${registriesText(`${staging.host}/${from}`, `${prod.host}/prod`)}images:\n${entry('app', {[digest]: ['1']})}`;
      writeFiles(work, {
        'build.pub': key.pem,
        'policy.yaml': 'trust: {build: {key: build.pub}}\nrequire: {signed: build}\n',
        'one.yaml': listing('team'),
        'two.yaml': listing('other'),
      });
      const promote = async (...manifests: string[]) => {
        const named = manifests.flatMap((file) => ['-m', file]);
        const {code} = await corectl(['promote', ...named, '--policy', 'policy.yaml', '--confirm']);
        return [code, await tagged(prod, 'prod/app', '1')];
      };
      expect(await promote('one.yaml')).to.deep.equal([6, undefined]);
      expect(await promote('one.yaml', 'two.yaml')).to.deep.equal([0, digest]);
      expect(await tagged(prod, 'prod/app', `${digest.replace(':', '-')}.sig`)).to.not.equal(undefined);
    });

    it('tells of each edge what its policy found, and what became of its record', async () => {
      const key = testKey();
      const {digest} = await pushImage(staging, 'team/app', '1');
      writeFiles(work, {
        'build.pub': testKey().pem,
        'policy.yaml':
          'trust: {build: {key: build.pub}}\nrecord: {key: env://CORECTL_RECORD_KEY}\nrequire: {mode: warn, signed: build}\n',
        'apple.yaml': `${registriesText(`${staging.host}/team`, `${prod.host}/prod`)}images:\n${entry('app', {[digest]: ['1']})}`,
      });
      const promote = async (...args: string[]) => {
        const {code, stdout} = await corectl(
          ['promote', '-m', 'apple.yaml', '--policy', 'policy.yaml', '--json', ...args],
          {env: {CORECTL_RECORD_KEY: key.privatePem}},
        );
        const [edge] = (JSON.parse(stdout) as ManifestReport).edges;
        return {code, policy: edge?.policy, record: edge?.record};
      };
      const dry = await promote();
      expect([dry.code, dry.record]).to.deep.equal([0, {status: 'would-write', digest: null}]);
      expect(dry.policy?.results.map(({rule, at, passed}) => [rule, at, passed])).to.deep.equal([
        ['signed: build', 'policy.yaml:3', false],
      ]);
      const done = await promote('--confirm');
      expect([done.code, done.record?.status]).to.deep.equal([0, 'written']);
      expect(done.policy?.results[0]?.wanted).to.contain('a signature of this digest by build');
    });

    it('prints one JSON document, whatever the exit code', async () => {
      writeFiles(work, {
        'plum.yaml': `${registriesText(staging.host, prod.host)}images:\n${entry('plum', {[digest('f')]: []})}`,
      });
      const {code, stdout} = await corectl(['promote', '-m', 'apple.yaml', '-m', 'plum.yaml', '--json']);
      expect(code).to.equal(3);
      const report = JSON.parse(stdout) as ManifestReport;
      expect(report).to.deep.include({
        ok: false,
        dryRun: true,
        exitCode: 3,
        manifests: ['apple.yaml', 'plum.yaml'],
      });
      expect(report.edges.map(({tag, status}) => [tag, status])).to.deep.equal([
        ['1', 'would-promote'],
        ['latest', 'would-promote'],
        [null, 'missing'],
      ]);
    });

    it('tells a tag that stands with another digest, and exits with 4', async () => {
      await pushImage(prod, 'apple', 'latest', {seed: 'other'});
      const {code, stdout, stderr} = await corectl(['promote', '-m', 'apple.yaml', '--confirm']);
      expect(code).to.equal(4);
      expect(stdout)
        .to.match(/^not done +apple/m)
        .and.to.match(/^conflict +apple/m);
      expect(stdout + stderr)
        .to.contain('apple.yaml:8')
        .and.contain('is sha256:')
        .and.contain(apple);
    });

    it('asks nobody when the manifests have problems', async () => {
      writeFiles(work, {'apple.yaml': plain().replace('src: true', 'src: maybe')});
      const {code, stdout, stderr} = await corectl(['promote', '-m', 'apple.yaml', '--confirm', '--json']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('apple.yaml:3:3 registries[0].src: expected true or false, found "maybe"');
      const {problems, error} = JSON.parse(stdout) as {problems: {line: number}[]; error: {code: string}};
      expect(problems.map(({line}) => line)).to.deep.equal([3, 1]);
      expect(error.code).to.equal('invalid-manifests');
      expect([...staging.log.requests(), ...prod.log.requests()]).to.deep.equal([]);
    });

    it('acts as the service account that a manifest names for a registry, and nowhere else', async () => {
      const account = 'promoter@prod.iam.gserviceaccount.com';
      const users = [{name: 'oauth2accesstoken', password: 'token-of-the-account'}];
      const guarded = await registries.start({auth: {kind: 'basic', users}});
      const asked: string[] = [];
      const iam = createServer((request, response) => {
        asked.push(`${request.headers.authorization ?? ''} ${decodeURIComponent(request.url ?? '')}`);
        const expireTime = new Date(Date.now() + 3_600_000).toISOString();
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({accessToken: 'token-of-the-account', expireTime}));
      });
      await new Promise<void>((resolve) => iam.listen(0, '127.0.0.1', resolve));
      try {
        const {port} = iam.address() as AddressInfo;
        const env = {
          DEST_ACCESS_TOKEN: 'token-of-the-job',
          CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `http://127.0.0.1:${port}/`,
          CORECTL_TRUSTED_HOSTS: guarded.host,
        };
        const named = plain().replace(
          `- name: ${prod.host}\n`,
          `- name: ${guarded.host}\n  service-account: ${account}\n`,
        );
        writeFiles(work, {'apple.yaml': named});
        const {code, stderr} = await corectl(['promote', '-m', 'apple.yaml', '--confirm'], {env});
        expect(code, stderr).to.equal(0);
        expect(asked).to.deep.equal([
          `Bearer token-of-the-job /v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
        ]);
        expect(await tagged(guarded, 'apple', 'latest')).to.equal(apple);
        const shown = staging.log.requests().map(({headers}) => headers.authorization);
        expect(new Set(shown), 'what the source was shown').to.deep.equal(new Set([undefined]));
      } finally {
        iam.close();
      }
    });

    it('wants manifests of one kind', async () => {
      expect((await corectl(['promote'])).code).to.equal(2);
      const both = await corectl(['promote', '-m', 'apple.yaml', '--thin-manifest-dir', '.']);
      expect(both.code).to.equal(2);
    });
  });

  describe('check', () => {
    const sound = {
      'tree/manifests/a/promoter-manifest.yaml': registriesText('s.example.com', 'p.example.com'),
      'tree/images/a/images.yaml': entry('apple', {[digest('a')]: ['1']}),
    };
    const broken = {
      'tree/images/a/images.yaml': `${entry('apple', {[digest('a')]: ['1']})}- name: "b::x%\\r"\n  dmap: {}\n`,
    };
    const actions = {GITHUB_ACTIONS: 'true'};

    it('says that all is well, without any annotation', async () => {
      writeFiles(work, sound);
      const {code, stdout, stderr} = await corectl(['check', '--thin-manifest-dir', 'tree'], {env: actions});
      expect({code, stderr}).to.deep.equal({code: 0, stderr: ''});
      expect(stdout).to.equal('1 manifest with 1 image: no problems.\n');
    });

    it('annotates the files in GitHub Actions, as seen from the workspace', async () => {
      writeFiles(work, {...sound, ...broken});
      const env = {...actions, GITHUB_WORKSPACE: work};
      const {code, stdout, stderr} = await corectl(
        ['check', '--thin-manifest-dir', path.join(work, 'tree'), '--json'],
        {
          env,
          cwd: path.join(work, 'tree'),
        },
      );
      expect(code).to.equal(2);
      expect(JSON.parse(stdout)).to.have.property('problems').with.lengthOf(2);
      const commands = stderr.split('\n').filter((line) => line.startsWith('::error file='));
      expect(commands).to.deep.equal([
        '::error file=tree/images/a/images.yaml,line=4,col=3::expected the name of an image, in lower case and without a registry, found "b::x%25"',
        '::error file=tree/images/a/images.yaml,line=5,col=3::expected at least one digest with its tags, found a mapping',
      ]);
    });

    it('prints lines and no annotations elsewhere', async () => {
      writeFiles(work, {...sound, ...broken});
      const {code, stderr} = await corectl(['check', '--thin-manifest-dir', 'tree']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('tree/images/a/images.yaml:4:3 name: expected').and.not.contain('::error');
    });

    it('finds what belongs to no project, which stops nothing else', async () => {
      const {host} = await registries.start();
      const stray = 'tree/images/a/old/images.yaml';
      const manifest = registriesText(`${host}/staging`, `${host}/prod`);
      writeFiles(work, {...sound, 'tree/manifests/a/promoter-manifest.yaml': manifest, [stray]: '[]\n'});
      const tree = ['--thin-manifest-dir', 'tree'];
      const {code, stderr} = await corectl(['check', ...tree], {env: actions});
      expect(code).to.equal(2);
      expect(stderr).to.contain(`::error file=${stray},line=1,col=1::expected images/PROJECT/images.yaml`);
      const warning = `warning: ${stray}:1:1: expected images/PROJECT/images.yaml, found another YAML file; it belongs to no project and is not read\n`;
      const added = await corectl(['add', `apple:2@${digest('b')}`, ...tree]);
      expect([added.code, added.stderr]).to.deep.equal([0, warning]);
      const promoted = await corectl(['promote', ...tree]);
      // what the source lacks, and nothing else
      expect(promoted.code).to.equal(3);
      expect(promoted.stderr).to.contain(warning);
      const snapshot = await runCli(['snapshot', `${host}/prod`, '--from-manifests', 'tree'], {
        home: path.join(work, 'home'),
        cwd: work,
      });
      expect([snapshot.code, snapshot.stderr]).to.deep.equal([0, warning]);
    });

    it('escapes what a file name could smuggle into an annotation', async () => {
      const name = 'a,line=1::x%.yaml';
      writeFiles(work, {[name]: 'images: []\n'});
      const {stderr} = await corectl(['check', '-m', name], {env: actions});
      expect(stderr).to.contain('::error file=a%2Cline=1%3A%3Ax%25.yaml,line=1,col=1::');
    });

    it('tells with --base what was removed or moved', async () => {
      commit(work, {...sound, '.gitignore': 'home\n'});
      writeFiles(work, {'tree/images/a/images.yaml': entry('apple', {[digest('b')]: ['1']})});
      const args = ['check', '--thin-manifest-dir', 'tree', '--base', 'main'];
      const {code, stdout, stderr} = await corectl([...args, '--json'], {
        env: {...actions, GITHUB_WORKSPACE: work},
      });
      expect(code).to.equal(0);
      const {changes} = JSON.parse(stdout) as {changes: {kind: string; tag: string; movedTo: string}[]};
      expect(changes).to.have.lengthOf(1);
      expect(changes[0]).to.include({kind: 'tag-moved', tag: '1', movedTo: digest('b')});
      expect(stderr).to.contain(
        '::warning file=tree/images/a/images.yaml,line=3,col=81::tag 1 of apple moves from',
      );
      const gone = await corectl(['check', '--thin-manifest-dir', 'tree', '--base', 'gone']);
      expect(gone.code).to.equal(2);
      expect(gone.stderr).to.contain('fetch-depth: 0');
    });
  });

  describe('add', () => {
    it('leaves a list alone that has the image, also while another changes it', async () => {
      const list = `${registriesText('s.example.com', 'eu.example.com')}images:\n${entry('apple', {[digest('a')]: ['1']})}`;
      writeFiles(work, {'plain.yaml': list});
      const lock = path.join(work, '.plain.yaml.corectl.lock');
      mkdirSync(lock);
      const {code, stdout} = await corectl(['add', `apple:1@${digest('a')}`, '-m', 'plain.yaml', '--json']);
      expect([code, JSON.parse(stdout)]).to.have.deep.nested.property('[1].changed', false);
      expect([code, existsSync(lock)]).to.deep.equal([0, true]);
    });

    it('keeps what others add at the same time', async () => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      writeFiles(work, {'plain.yaml': `${registriesText('s.example.com', 'eu.example.com')}images: []\n`});
      const runs = await Promise.all(
        names.map((name) => corectl(['add', `${name}:1@${digest('a')}`, '-m', 'plain.yaml', '--json'])),
      );
      expect(runs.map(({code, stdout}) => [code, /"changed": true/.test(stdout)])).to.deep.equal(
        names.map(() => [0, true]),
      );
      const listed = readFileSync(path.join(work, 'plain.yaml'), 'utf8').match(/(?<=name: )[a-e](?=,)/g);
      expect(listed?.sort()).to.deep.equal(names);
      expect(readdirSync(work).filter((name) => name.includes('lock'))).to.deep.equal([]);
    });

    it('asks the source for the digest, and writes it into the list', async () => {
      const staging = await registries.start();
      const apple = await pushImage(staging, 'team/apple', '1.2', {layers: 1, layerSize: 10});
      writeFiles(work, {
        'tree/manifests/a/promoter-manifest.yaml': registriesText(`${staging.host}/team`, 'p.example.com'),
        'tree/images/a/images.yaml': `# mine\n${entry('plum', {[digest('a')]: ['1']})}`,
      });
      const args = ['add', 'apple:1.2', '--tag', 'latest', `${staging.host}/team/plum@${digest('b')}`];
      const {code, stdout} = await corectl([...args, '--thin-manifest-dir', 'tree', '--project', 'a']);
      expect(code).to.equal(0);
      expect(stdout).to.contain(`tree/images/a/images.yaml: apple@${apple.digest} 1.2, latest\n`);
      expect(readFileSync(path.join(work, 'tree/images/a/images.yaml'), 'utf8')).to.equal(
        `# mine\n${entry('apple', {[apple.digest]: ['1.2', 'latest']})}${entry('plum', {[digest('a')]: ['1'], [digest('b')]: ['latest']})}`,
      );
      const again = await corectl(['add', 'apple:1.2', '--thin-manifest-dir', 'tree', '--json']);
      expect(JSON.parse(again.stdout)).to.include({ok: true, changed: false});
      expect((await corectl(['add', 'apple:9', '--thin-manifest-dir', 'tree'])).code).to.equal(3);
      expect(
        (await corectl(['add', 'apple:1', '--thin-manifest-dir', 'tree', '--project', 'b'])).code,
      ).to.equal(2);
    });

    it('adds every image of the source that has a tag, at registries of both kinds', async () => {
      for (const google of [false, true]) {
        const staging = await registries.start();
        if (google) listLikeGoogle(staging);
        const push = async (name: string, tag: string) =>
          (await pushImage(staging, `team/${name}`, tag, {layers: 1, layerSize: 10, seed: name})).digest;
        const [apple, pear] = [await push('apple', 'v1'), await push('fruit/pear', 'v1')];
        const plum = await push('plum', 'v2');
        await push('old', 'v0');
        await pushImage(staging, 'teams/apple', 'v1');
        writeFiles(work, {
          'tree/manifests/a/promoter-manifest.yaml': registriesText(`${staging.host}/team`, 'p.example.com'),
          'tree/images/a/images.yaml': '# mine\n',
        });
        const args = ['add', '--thin-manifest-dir', 'tree', '--project', 'a'];
        const {code, stderr} = await corectl([...args, '--tag', 'v1', '--tag', 'v2']);
        expect(code, stderr).to.equal(0);
        const list = readFileSync(path.join(work, 'tree/images/a/images.yaml'), 'utf8');
        expect(list).to.equal(
          `# mine\n${entry('apple', {[apple]: ['v1']})}${entry('fruit/pear', {[pear]: ['v1']})}${entry('plum', {[plum]: ['v2']})}`,
        );
        const lost = await corectl([...args, '--tag', 'v1', '--tag', 'v3']);
        expect([lost.code, lost.stderr]).to.satisfy(
          ([code, text]: [number, string]) => code === 3 && text.includes('has the tag v3'),
        );
        for (const none of [[], ['--tag', 'latest']])
          expect((await corectl([...args, ...none])).code).to.equal(2);
        expect(readFileSync(path.join(work, 'tree/images/a/images.yaml'), 'utf8')).to.equal(list);
      }
    });

    it('writes into a plain manifest, without a registry for what has a digest', async () => {
      const before = `${registriesText('s.invalid', 'p.example.com')}images: []\n`;
      writeFiles(work, {'plain.yaml': before});
      // a file that is written anew in its place is lost where the disk is full
      linkSync(path.join(work, 'plain.yaml'), path.join(work, 'old.yaml'));
      const {code} = await corectl(['add', `apple:1@${digest('a')}`, '-m', 'plain.yaml']);
      expect(code).to.equal(0);
      expect(readFileSync(path.join(work, 'plain.yaml'), 'utf8')).to.contain(
        `images: [{name: apple, dmap: {"${digest('a')}": ["1"]}}]\n`,
      );
      expect(readFileSync(path.join(work, 'old.yaml'), 'utf8')).to.equal(before);
      expect((await corectl(['check', '-m', 'plain.yaml'])).code).to.equal(0);
    });
  });
});
