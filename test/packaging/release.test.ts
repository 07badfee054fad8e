import {expect} from 'chai';
import {execFileSync, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parse} from 'yaml';
import {isolated} from '../support/cli.ts';
import {commit, git, remove, temporaryFolder, writeFiles, type Files} from '../support/git.ts';
import {gitHubProgram} from '../support/github-program.ts';
import {ran} from '../support/installation.ts';
import {npmRegistry, type NpmRegistry} from '../support/npm-registry.ts';
import {executable} from '../support/real-tools.ts';
import {releaseWorkflow} from '../support/release-run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const evaluate = (script: string, expression: string) =>
  execFileSync(
    process.execPath,
    ['--input-type=module', '-e', `import * as it from '${root}scripts/${script}'; ${expression}`],
    {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']},
  );

describe('a release', () => {
  it('has its notes from the version in the changelog, and is refused without them', () => {
    const text = JSON.stringify('# Changes\n\n## [1.1.0]\n\n- new\n\n## [1.0.0]\n\n- old\n');
    expect(evaluate('release-notes.js', `console.log(it.notesOf('1.1.0', ${text}))`).trim()).to.equal(
      '- new',
    );
    expect(() => evaluate('release-notes.js', `it.notesOf('2.0.0', ${text})`)).to.throw(
      /expected a heading ## \[2\.0\.0\]/,
    );
  });

  it('names each system with its own checksum in the formula', () => {
    const sums = '{"darwin-arm64":"1a","darwin-x64":"2b","linux-arm64":"3c","linux-x64":"4d"}';
    const about = '{version:"1.0.0",summary:"s",homepage:"https://example.com/corectl",license:"MIT"}';
    const formula = evaluate('formula.js', `console.log(it.formulaOf(${about}, ${sums}))`);
    const pairs = [...formula.matchAll(/v1\.0\.0\/corectl-(\S+)"\s+sha256 "(\w+)"/g)];
    const found = Object.fromEntries(pairs.map(([, system = '', sum]) => [system, sum]));
    expect(found).to.deep.equal(JSON.parse(sums));
  });

  describe('of the action', () => {
    let folder: string;
    let [origin, clone, action] = ['', '', ''];
    beforeEach(() => {
      folder = temporaryFolder();
      [origin, clone, action] = ['origin', 'clone', 'action'].map((name) => path.join(folder, name)) as [
        string,
        string,
        string,
      ];
      commit(clone, {'README.md': 'sources'});
      execFileSync('git', ['init', '--quiet', '--bare', origin]);
      git(clone, 'remote', 'add', 'origin', origin);
      mkdirSync(action);
    });
    afterEach(() => {
      remove(folder);
    });

    const push = (version: string, content = version) => {
      writeFileSync(path.join(action, 'action.yml'), content);
      execFileSync(path.join(root, 'scripts/push-action'), [action, version], {cwd: clone, stdio: 'pipe'});
    };
    const at = (tag: string) => git(origin, 'show', `${tag}:action.yml`);

    it('is a commit by itself, to which the tag of the major version moves', () => {
      push('1.0.0');
      push('1.10.0');
      expect([at('v1'), at('action-v1.10.0'), at('action-v1.0.0')]).to.deep.equal([
        '1.10.0',
        '1.10.0',
        '1.0.0',
      ]);
      expect(git(origin, 'ls-tree', '--name-only', 'v1')).to.equal('action.yml');
    });

    it('leaves that tag where it is for a pre-release, and for a version that is older than what is there', () => {
      push('1.10.0');
      push('1.9.1');
      push('1.11.0-rc.1');
      push('2.0.0');
      expect(at('v1')).to.equal('1.10.0');
      expect(at('action-v1.11.0-rc.1')).to.equal('1.11.0-rc.1');
    });

    it('is pushed again without a change, and never with other content', () => {
      push('1.0.0');
      const before = git(origin, 'rev-parse', 'v1');
      push('1.0.0');
      expect(git(origin, 'rev-parse', 'v1')).to.equal(before);
      expect(() => {
        push('1.0.0', 'another');
      }).to.throw(/it never moves/);
      expect(at('action-v1.0.0')).to.equal('1.0.0');
    });
  });

  const download = executable('curl') === undefined ? it.skip : it;
  download('is downloaded and compared as docs/install.md says', async () => {
    const folder = temporaryFolder();
    const page = readFileSync(path.join(root, 'docs/install.md'), 'utf8');
    const [, block = ''] = /```sh\n(curl [^]*?)```/.exec(page) ?? [];
    const program = '#!/bin/sh\necho corectl\n';
    const sum = createHash('sha256').update(program).digest('hex');
    const files: Record<string, string> = {
      'corectl-linux-x64': program,
      SHA256SUMS: `${sum}  corectl-linux-x64\n${sum}  corectl-linux-arm64\n`,
      'SHA256SUMS.sigstore.json': '{}',
    };
    const server = createServer((request, response) => {
      const content = files[path.basename(request.url ?? '')];
      response.writeHead(content === undefined ? 404 : 200).end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const home = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const script = block.replace('https://github.com/coreeng/corectl/releases/latest/download/', home);
    expect(script).to.not.equal(block);
    const run = () =>
      ran(['sh', '-ec', `cd ${folder}\n${script}`], {...isolated(folder), NO_PROXY: '127.0.0.1'});
    try {
      const {code, stderr} = await run();
      expect(code, stderr).to.equal(0);
      const installed = path.join(folder, '.local/bin/corectl');
      expect((await ran([installed], {})).stdout).to.equal('corectl\n');
      rmSync(installed);
      files['corectl-linux-x64'] = `${program}evil\n`;
      expect((await run()).code).to.not.equal(0);
      expect(existsSync(installed)).to.equal(false);
    } finally {
      server.close();
      remove(folder);
    }
  });

  it('is started by a tag, and only publishes with rights', () => {
    const text = readFileSync(path.join(root, '.github/workflows/release.yaml'), 'utf8');
    const {on, permissions, jobs} = parse(text) as {
      on: object;
      permissions: object;
      jobs: Record<string, {permissions: object}>;
    };
    expect(on).to.deep.equal({push: {tags: ['v*.*.*']}});
    expect(permissions).to.deep.equal({});
    expect(jobs.build?.permissions).to.deep.equal({contents: 'read'});
  });

  it('takes what others wrote by its commit, which nobody can move', () => {
    const uses = Object.values(releaseWorkflow().jobs).flatMap(({steps}) =>
      steps.flatMap(({uses}) => uses ?? []),
    );
    expect(uses).to.not.deep.equal([]);
    for (const one of uses) expect(one).to.match(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
  });

  describe('before it begins', () => {
    let folder: string;
    beforeEach(() => {
      folder = temporaryFolder();
    });
    afterEach(() => {
      remove(folder);
    });

    /** What is said of a tag, in a clone that has this in these files. */
    const said = (tag: string, files: Files = {}, after: (clone: string) => void = () => undefined) => {
      const clone = path.join(folder, 'clone');
      const scripts = ['release-check.js', 'release-notes.js', 'root.js'].map(
        (name) => [`scripts/${name}`, readFileSync(path.join(root, 'scripts', name), 'utf8')] as const,
      );
      const described: string = JSON.stringify({version: '1.2.3', type: 'module'});
      const changes = {'CHANGELOG.md': '# Changes\n\n## [1.2.3]\n\n- new\n'};
      const whole = {'package.json': described, 'package-lock.json': described, ...changes, ...files};
      commit(clone, {...Object.fromEntries(scripts), ...whole});
      git(clone, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
      after(clone);
      const {status, stderr} = spawnSync(process.execPath, ['scripts/release-check.js', tag], {
        cwd: clone,
        encoding: 'utf8',
      });
      return status === 0 ? undefined : stderr;
    };

    it('takes the tag of the version that everything names', () => {
      expect(said('v1.2.3')).to.equal(undefined);
    });

    it('says all that keeps a tag from being released, and how to go on', () => {
      const text = said('v1.2.4', {
        'package-lock.json': '{"version": "1.2.2"}',
        'CHANGELOG.md': '## [Unreleased]',
      });
      expect(text)
        .to.contain('expected v1.2.3, as package.json says, found v1.2.4')
        .and.to.contain('package-lock.json: expected version 1.2.3, found 1.2.2')
        .and.to.contain('expected a heading ## [1.2.3], found none')
        .and.to.contain('git push origin :v1.2.4');
    });

    it('refuses a commit that main does not have, and a tree that was changed', () => {
      expect(said('v1.2.3', {}, (clone) => commit(clone, {more: ''}))).to.contain('one that origin/main has');
      expect(
        said('v1.2.3', {}, (clone) => {
          writeFiles(clone, {more: '-'});
        }),
      ).to.contain('expected no changes');
    });
  });

  describe('of the package', () => {
    let folder: string;
    let registry: NpmRegistry;
    before(async () => {
      folder = temporaryFolder();
      registry = await npmRegistry();
      const login = `${registry.url.replace('http:', '')}:_authToken=nobody\n`;
      writeFileSync(
        path.join(folder, '.npmrc'),
        `registry=${registry.url}\nupdate-notifier=false\nfetch-retries=0\n${login}`,
      );
    });
    after(async () => {
      await registry.close();
      remove(folder);
    });

    const publish = async (version: string, content: string) => {
      const place = path.join(folder, 'package');
      writeFiles(place, {'package.json': JSON.stringify({name: 'sample', version}), 'index.js': content});
      const file = path.join(folder, 'sample.tgz');
      execFileSync('tar', ['-czf', file, '-C', folder, '--mtime=@0', 'package']);
      return ran([path.join(root, 'scripts/publish-package'), file], isolated(folder));
    };

    it('is published once, and refused with other content', async () => {
      const first = await publish('1.0.0', 'one');
      expect(first.code, first.stderr).to.equal(0);
      const again = await publish('1.0.0', 'one');
      expect(again).to.deep.include({code: 0, stdout: 'sample@1.0.0 is on npm already\n'});
      const other = await publish('1.0.0', 'two');
      expect(other.code).to.equal(1);
      expect(other.stderr).to.contain('A version is published once');
      expect(registry.published).to.deep.equal(['sample@1.0.0 as latest']);
    }).timeout(120_000);

    it('is not what everybody gets where it is a pre-release', async () => {
      const {code, stderr} = await publish('2.0.0-rc.1', 'three');
      expect(code, stderr).to.equal(0);
      expect(registry.published.at(-1)).to.equal('sample@2.0.0-rc.1 as next');
    }).timeout(120_000);

    it('is not published where npm does not answer', async () => {
      await registry.close();
      const {code, stderr} = await publish('3.0.0', 'four');
      expect(code).to.equal(1);
      expect(stderr).to.contain('expected an answer about sample@3.0.0');
    }).timeout(120_000);
  });

  describe('on GitHub', () => {
    let folder: string;
    beforeEach(() => {
      folder = temporaryFolder();
      writeFiles(folder, {'programs/gh': gitHubProgram(path.join(folder, 'github')), 'NOTES.md': 'new'});
      chmodSync(path.join(folder, 'programs/gh'), 0o755);
      mkdirSync(path.join(folder, 'github'));
    });
    afterEach(() => {
      remove(folder);
    });

    const publish = (sums: string, tag = 'v1.0.0') => {
      writeFiles(path.join(folder, 'release'), {SHA256SUMS: sums, corectl: sums});
      const {PATH, ...env} = isolated(folder);
      const [files, notes] = [path.join(folder, 'release'), path.join(folder, 'NOTES.md')];
      return ran([path.join(root, 'scripts/publish-release'), tag, files, notes], {
        ...env,
        PATH: `${folder}/programs:${PATH}`,
      });
    };
    const there = () => readdirSync(path.join(folder, 'github/v1.0.0'));

    it('gets the files, and again those that are missing', async () => {
      expect(await publish('one')).to.deep.include({code: 0});
      expect(there()).to.deep.equal(['SHA256SUMS', 'corectl']);
      rmSync(path.join(folder, 'github/v1.0.0/corectl'));
      expect(await publish('one')).to.deep.include({code: 0});
      expect(there()).to.deep.equal(['SHA256SUMS', 'corectl']);
    });

    it('keeps the files that it has from others', async () => {
      await publish('one');
      const {code, stderr} = await publish('two');
      expect(code).to.equal(1);
      expect(stderr).to.contain('Files are published once');
      expect(readFileSync(path.join(folder, 'github/v1.0.0/corectl'), 'utf8')).to.equal('one');
    });

    it('is told which version is a pre-release', async () => {
      await publish('one', 'v1.0.0-rc.1');
      expect(readFileSync(path.join(folder, 'github.log'), 'utf8')).to.match(
        /create v1\.0\.0-rc\.1 .*--prerelease/,
      );
    });
  });
});
