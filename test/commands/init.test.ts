import {expect} from 'chai';
import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {runCli, type CliResult} from '../support/cli.ts';
import {sampleRepository} from '../support/environments-repository.ts';
import {commit, git, remove, serveGit, temporaryFolder, writeFiles, type GitServer} from '../support/git.ts';
import {executable} from '../support/real-tools.ts';
import {selfSigned} from '../support/certificate.ts';

describe('corectl init', () => {
  let work: string;
  let home: string;
  let repository: string;
  let head: string;

  beforeEach(() => {
    work = temporaryFolder();
    home = path.join(work, 'home');
    repository = path.join(work, 'served', 'environments');
    mkdirSync(home);
    head = commit(repository, sampleRepository);
  });
  afterEach(() => {
    remove(work);
  });

  const init = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
    runCli(['init', ...args], {home, env, cwd: work});
  const inHome = (...parts: string[]) => path.join(home, 'corectl', ...parts);
  const clone = (...parts: string[]) => inHome('repositories', 'cplatform', ...parts);
  const headOfClone = () => git(clone(), 'rev-parse', 'HEAD');
  const document = ({stdout}: CliResult) => JSON.parse(stdout) as Record<string, unknown>;
  /** Everything below the home, as one text. */
  const everythingInHome = () =>
    readdirSync(home, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map(({parentPath, name}) => path.join(parentPath, name))
      .sort()
      .map((file) => `${file}\n${readFileSync(file, 'latin1')}`)
      .join('\n');

  it('clones a local repository shallowly and shows its stages and the number of tenants', async () => {
    commit(repository, {'README.md': 'second commit'});
    const {code, stdout, stderr} = await init(['-e', repository]);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^fast-feedback +gcp-dev +europe-west2-docker.pkg.dev +extended-test$/m);
    expect(stdout).to.contain('3 tenants');
    expect(stderr).not.to.contain('problem');
    expect(git(clone(), 'rev-list', '--count', 'HEAD')).to.equal('1');
    expect(readdirSync(inHome('repositories'))).to.deep.equal(['cplatform']);
  });

  it('remembers the source by its absolute path, readable by the owner only', async () => {
    await init(['-e', 'served/environments', '--ref', 'main']);
    expect(readFileSync(inHome('corectl.yaml'), 'utf8')).to.equal(
      `repositories:\n  cplatform: ${repository}\nref: main\n`,
    );
    expect(statSync(inHome('corectl.yaml')).mode & 0o777).to.equal(0o600);
  });

  it('takes the repository from the environment', async () => {
    expect((await init([], {CORECTL_ENVIRONMENTS_REPO: repository})).code).to.equal(0);
  });

  it('does not ask without a terminal', async () => {
    const {code, stderr} = await init([]);
    expect(code).to.equal(2);
    expect(stderr).to.contain('corectl init -e URL|PATH');
  });

  it('prints one JSON document', async () => {
    const result = await init(['-e', repository, '--json']);
    expect(document(result)).to.deep.include({
      ok: true,
      source: repository,
      commit: head,
      tenants: 3,
      problems: [],
    });
  });

  describe('a ref', () => {
    beforeEach(() => {
      git(repository, 'tag', '--annotate', '--message=x', 'v1.10');
      git(repository, 'branch', 'other');
      commit(repository, {'README.md': 'newer'});
    });

    it('may be a tag, a branch, a commit or a shortened one', async () => {
      for (const ref of ['v1.10', 'other', head, head.slice(0, 8)]) {
        const {code, stderr} = await init(['-e', repository, '--ref', ref, '--force']);
        expect(code, `${ref}: ${stderr}`).to.equal(0);
        expect(headOfClone(), ref).to.equal(head);
      }
    });

    it('that is a branch and a tag is told, and taken by its whole name', async () => {
      git(repository, 'tag', 'both', head);
      git(repository, 'branch', 'both', 'main');
      const newest = git(repository, 'rev-parse', 'main');
      const {code, stderr} = await init(['-e', repository, '--ref', 'both']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('--ref refs/heads/both').and.to.contain('--ref refs/tags/both');
      for (const [ref, commitId] of [
        ['refs/tags/both', head],
        ['refs/heads/both', newest],
      ]) {
        expect((await init(['-e', repository, '--ref', ref ?? ''])).code).to.equal(0);
        expect(headOfClone()).to.equal(commitId);
      }
    });

    it('is asked for where the source names a default branch that it does not have, and then taken', async () => {
      git(repository, 'symbolic-ref', 'HEAD', 'refs/heads/master');
      const {code, stderr} = await init(['-e', repository]);
      expect(code).to.equal(2);
      expect(stderr).to.contain(`error[unknown-ref]: expected the default branch of ${repository}`);
      const advice = `corectl init --environments-repo ${repository} --ref`;
      expect(stderr).to.contain(`${advice} main\n`).and.to.contain(`${advice} other\n`);
      expect(stderr).not.to.contain('commit something');
      expect((await init(['-e', repository, '--ref', 'other'])).code).to.equal(0);
      expect(headOfClone()).to.equal(head);
    });

    it('is not asked for where the source has no branch at all', async () => {
      const empty = path.join(work, 'without-commits');
      git(work, 'init', '--quiet', empty);
      const {code, stderr} = await init(['-e', empty]);
      expect(code).to.equal(2);
      expect(stderr).to.contain('found none\n  → commit something to it first\n');
    });

    it('that does not exist is told, and leaves no trace', async () => {
      for (const ref of ['nowhere', 'deadbeef', 'f'.repeat(40)]) {
        const {code, stderr} = await init(['-e', repository, '--ref', ref]);
        expect(code).to.equal(2);
        expect(stderr).to.contain(`expected a branch, tag or commit ${ref}`);
      }
      expect(existsSync(inHome())).to.equal(false);
    });
  });

  describe('a repository of another kind', () => {
    it('may name its objects by sha256', async () => {
      const other = path.join(work, 'sha256');
      mkdirSync(other);
      git(other, 'init', '--quiet', '--object-format=sha256', '--initial-branch=main');
      const long = commit(other, sampleRepository);
      expect(long).to.have.length(64);
      for (const ref of [[], ['--ref', 'main'], ['--ref', long]]) {
        const {code, stderr} = await init(['-e', other, '--force', ...ref]);
        expect(code, stderr).to.equal(0);
        expect(headOfClone()).to.equal(long);
      }
    });

    it('that is small and unpacks into a hundred thousand files is refused before it does', async () => {
      let tree = git(repository, 'rev-parse', 'HEAD^{tree}');
      for (let level = 0; level < 5; level += 1) {
        const lines = Array.from({length: 10}, (_, index) => `040000 tree ${tree}\tf${index}\n`).join('');
        tree = execFileSync('git', ['mktree'], {cwd: repository, input: lines}).toString().trim();
      }
      git(repository, 'update-ref', 'refs/heads/bomb', git(repository, 'commit-tree', '-m', 'x', tree));
      const {code, stderr} = await init(['-e', repository, '--ref', 'bomb']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('at most 50000 files and folders, found more');
      expect(existsSync(inHome())).to.equal(false);
    });

    it('is not asked for by a git that is too old for what keeps corectl safe', async () => {
      const bin = path.join(work, 'bin');
      mkdirSync(bin);
      writeFileSync(path.join(bin, 'git'), '#!/bin/sh\necho git version 2.30.9\n');
      chmodSync(path.join(bin, 'git'), 0o755);
      const {code, stderr} = await init(['-e', repository], {PATH: `${bin}:${process.env.PATH ?? ''}`});
      expect(code).to.equal(2);
      expect(stderr).to.contain('expected git 2.31 or newer, found "git version 2.30.9"');
    });
  });

  describe('again', () => {
    beforeEach(async () => {
      await init(['-e', repository, '--ref', 'main']);
    });

    it('with the same source updates, and keeps the ref', async () => {
      const newer = commit(repository, {'README.md': 'newer'});
      const result = await init(['-e', `${repository}/`, '--json']);
      expect(document(result)).to.deep.include({commit: newer, previousCommit: head, ref: 'main'});
    });

    it('with another source is refused, unless it is forced', async () => {
      const other = path.join(work, 'other');
      const otherHead = commit(other, sampleRepository);
      const refused = await init(['-e', other]);
      expect(refused.code).to.equal(2);
      expect(refused.stderr).to.contain('--force');
      expect(headOfClone()).to.equal(head);
      expect((await init(['-e', other, '--force'])).code).to.equal(0);
      expect(headOfClone()).to.equal(otherHead);
      expect(readFileSync(inHome('corectl.yaml'), 'utf8')).not.to.contain('ref');
    });

    it('shows no password that somebody wrote into the settings, whichever command reads them', async () => {
      await init(['-e', repository]);
      const file = inHome('corectl.yaml');
      writeFileSync(
        file,
        'repositories: {cplatform: "https://me:planted-in-settings@example.com/environments"}\n',
      );
      const stages = ['p2p', 'stages', '--json'];
      const shown = [
        await runCli(stages, {home}),
        await runCli(stages, {home}),
        await init(['-e', repository]),
        await runCli(['update'], {home}),
      ];
      remove(inHome('repositories', 'cplatform'));
      shown.push(await runCli(['p2p', 'stages'], {home}));
      expect(shown.map(({code}) => code)).to.deep.equal([0, 0, 2, 2, 2]);
      expect(document(shown[0]!).source).to.equal('https://example.com/environments');
      for (const {stdout, stderr} of shown) expect(stdout + stderr).not.to.contain('planted-in-settings');
      expect(shown[4]!.stderr).to.contain('corectl init -e https://example.com/environments\n');
    });

    it('that fails leaves clone and settings as they were', async () => {
      const before = everythingInHome();
      const empty = path.join(work, 'empty');
      commit(empty, {'README.md': 'nothing usable'});
      expect((await init(['-e', empty, '--force'])).code).to.equal(2);
      expect((await init(['-e', repository, '--ref', 'nowhere'])).code).to.equal(2);
      expect((await init(['-e', path.join(work, 'served'), '--force'])).code).to.equal(2);
      expect(everythingInHome()).to.equal(before);
      expect(readdirSync(inHome('repositories'))).to.deep.equal(['cplatform']);
    });
  });

  describe('problems in the repository', () => {
    beforeEach(() => {
      commit(repository, {
        'environments/prod-cn/config.yaml':
          'environment: prod-cn\nplatform: {vendor: aws, accountId: 1e3, region: cn-north-1}\n',
        'tenants/tenants/legacy.yaml': 'name: legacy\nname: again\nenvironments: []\n',
      });
    });
    const lines = [
      'environments/prod-cn/config.yaml:2:25 platform.accountId: expected an account id of 12 digits, found "1e3"',
      'tenants/tenants/legacy.yaml:2:1 name: expected each key once, found it again',
    ];

    it('are printed, each in one line, and do not matter to the rest', async () => {
      const {code, stderr} = await init(['-e', repository]);
      expect(code).to.equal(0);
      for (const line of lines) expect(stderr.split('\n').map((one) => one.trim())).to.include(line);
    });

    it('fail it with --strict', async () => {
      const {code, stderr} = await init(['-e', repository, '--strict']);
      expect(code).to.equal(2);
      expect(stderr).to.contain(lines[0]).and.to.contain('2 problems');
      expect(existsSync(inHome())).to.equal(false);
    });

    it('fail it when no stage is left', async () => {
      commit(repository, {'corectl.yaml': 'p2p: [\n'});
      const {code, stderr} = await init(['-e', repository]);
      expect(code).to.equal(2);
      expect(stderr).to.contain('corectl.yaml:').and.to.contain('found 0 usable stages');
    });
  });

  describe('an initialisation file', () => {
    it('names the repository and overrides its stages, also after the next init', async () => {
      writeFiles(work, {
        'init.yaml': `repositories:\n  cplatform: ${repository}\n  templates: https://example.com/t\ngithub: {token: leave-me-out}\np2p:\n  prod:\n    default-envs: [prod-eu]\n`,
      });
      const {code, stdout, stderr} = await init(['-f', 'init.yaml']);
      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain('prod-eu').and.not.to.contain('fast-feedback');
      expect(readFileSync(inHome('corectl.yaml'), 'utf8'))
        .to.contain('default-envs')
        .and.not.to.contain('leave-me-out');
      expect((await init(['-e', repository])).stdout).not.to.contain('fast-feedback');
    });

    it('that has no stages brings back the repository’s own', async () => {
      writeFiles(work, {
        'with.yaml': `repositories: {cplatform: ${repository}}\np2p: {prod: {default-envs: [prod-eu]}}\n`,
        'without.yaml': `repositories: {cplatform: ${repository}}\np2p: ~\n`,
      });
      expect((await init(['-f', 'with.yaml'])).stdout).not.to.contain('fast-feedback');
      expect((await init(['-f', 'without.yaml'])).stdout).to.contain('fast-feedback');
      expect(readFileSync(inHome('corectl.yaml'), 'utf8')).not.to.contain('p2p');
    });

    it('of two documents is refused at the line of the second', async () => {
      writeFiles(work, {
        'init.yaml': `repositories: {cplatform: ${repository}}\n---\np2p: {prod: {default-envs: [prod-eu]}}\n`,
      });
      const {code, stderr} = await init(['-f', 'init.yaml']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('init.yaml:2:1: expected one YAML document, found another one');
    });

    it('excludes a repository on the command line, and wins over one in the environment', async () => {
      writeFiles(work, {'init.yaml': `repositories: {cplatform: ${repository}}\n`});
      expect((await init(['-f', 'init.yaml', '-e', repository])).code).to.equal(2);
      expect((await init(['-f', 'init.yaml'], {CORECTL_ENVIRONMENTS_REPO: '/nowhere'})).code).to.equal(0);
    });

    it('is refused with its position when it is wrong', async () => {
      writeFiles(work, {'init.yaml': 'repositories: {cplatform: }\n'});
      const {code, stderr} = await init(['-f', 'init.yaml']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('init.yaml:1:16 repositories.cplatform: expected');
    });
  });

  describe('hostile sources', () => {
    for (const args of [
      ['-e', 'ext::sh -c touch% X'],
      ['--environments-repo=--upload-pack=touch X'],
      ['--environments-repo=-oProxyCommand=touch X'],
      ['-e', 'ssh://-oProxyCommand=touch X/r'],
      ['-e', 'file:///etc'],
      ['-e', '$(touch X)'],
      ['-e', '`touch X`'],
      ['-e', '.;touch X'],
      ['-e', 'served/environments', '--ref=--upload-pack=touch X'],
      ['-e', 'served/environments', '--ref=--output=X'],
      ['-e', 'served/environments', '--ref=$(touch X)'],
      ['-e', 'served/environments', '--ref=;touch${IFS}X'],
    ]) {
      it(`runs nothing for ${args.join(' ')}`, async () => {
        const {code, stderr} = await init(args);
        expect(code, stderr).to.equal(2);
        expect(stderr).not.to.contain('    at ');
        expect(existsSync(path.join(work, 'X')) || existsSync(inHome('X'))).to.equal(false);
      });
    }

    it('does not let a user’s rewriting of addresses turn https into a program', async () => {
      const config = path.join(work, 'gitconfig');
      writeFileSync(
        config,
        `[url "ext::sh -c touch% ${work}/X% "]\n  insteadOf = https://example.com/\n[protocol "ext"]\n  allow = always\n`,
      );
      const {code} = await init(['-e', 'https://example.com/o/r'], {GIT_CONFIG_GLOBAL: config});
      expect(code).to.equal(2);
      expect(existsSync(path.join(work, 'X'))).to.equal(false);
    });
  });

  describe('hostile repositories', () => {
    it('run no hook, filter or submodule, and link to nothing', async () => {
      const canary = path.join(work, 'X');
      const config = path.join(work, 'gitconfig');
      const hooks = path.join(work, 'template', 'hooks');
      mkdirSync(hooks, {recursive: true});
      writeFileSync(path.join(hooks, 'post-checkout'), `#!/bin/sh\ntouch ${canary}\n`);
      chmodSync(path.join(hooks, 'post-checkout'), 0o755);
      writeFileSync(
        config,
        `[init]\n  templateDir = ${path.dirname(hooks)}\n[core]\n  hooksPath = ${hooks}\n  fsmonitor = touch ${canary}\n[filter "lfs"]\n  smudge = touch ${canary}\n  process = touch ${canary}\n  required = true\n[submodule]\n  recurse = true\n`,
      );
      symlinkSync('/etc/passwd', path.join(repository, 'tenants/tenants/passwd.yaml'));
      commit(repository, {
        '.gitattributes': '* filter=lfs\n',
        '.gitmodules': `[submodule "s"]\n  path = s\n  url = ext::touch ${canary}\n  update = !touch ${canary}\n`,
      });
      git(repository, 'update-index', '--add', '--cacheinfo', `160000,${head},s`);
      git(repository, 'commit', '--quiet', '--message=submodule');
      const {code, stdout, stderr} = await init(['-e', repository], {GIT_CONFIG_GLOBAL: config});
      expect(code, stderr).to.equal(0);
      expect(existsSync(canary)).to.equal(false);
      expect(stderr).to.contain('tenants/tenants/passwd.yaml:1:1').and.not.to.contain('root:');
      expect(stdout).to.contain('3 tenants');
    });

    it('show nothing of this machine in their problems', async () => {
      const outside = path.join(work, 'outside.yaml');
      writeFileSync(outside, 'canary-91: x');
      symlinkSync(outside, path.join(repository, 'environments', 'evil'));
      symlinkSync('/proc/self/environ', path.join(repository, 'tenants/tenants/environ.yaml'));
      commit(repository);
      const {stdout, stderr} = await init(['-e', repository, '--json']);
      expect(stdout + stderr)
        .not.to.contain('canary-91')
        .and.not.to.contain('PATH=');
    });

    it('are not disturbed by what git hands to its hooks', async () => {
      const {code} = await init(['-e', repository], {
        GIT_DIR: '/nowhere',
        GIT_WORK_TREE: '/nowhere',
        EDITOR: 'false',
        GIT_INDEX_FILE: '/nowhere/i',
      });
      expect(code).to.equal(0);
    });
  });

  describe('over https and ssh', () => {
    const token = 'ghs_TokenThatNobodyMaySee42';
    const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    const servers: GitServer[] = [];
    const serve = async (options: Parameters<typeof serveGit>[1] = {}): Promise<GitServer> => {
      const server = await serveGit(path.join(work, 'served'), options);
      servers.push(server);
      return server;
    };
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.close();
    });

    /** A server by https, and the environment in which git knows its certificate. */
    const serveTls = async (options: Parameters<typeof serveGit>[1] = {}) => {
      const tls = selfSigned();
      const certFile = path.join(work, 'cert.pem');
      writeFileSync(certFile, tls.cert);
      const {url, requests} = await serve({...options, tls});
      return {url, requests, source: `${url}/environments/.git`, trusting: {GIT_SSL_CAINFO: certFile}};
    };
    const shown = ({requests}: {requests: GitServer['requests']}) =>
      requests.filter((request) => request.authorization !== undefined);

    it('clones by https with a certificate that git is told of', async () => {
      const {url, trusting} = await serveTls({authorization});
      const args = ['-e', `${url}/environments/.git`, '-t', token];
      expect((await init(args)).code, 'an unknown certificate').to.equal(2);
      const {code, stderr} = await init(args, trusting);
      expect(code, stderr).to.equal(0);
    });

    for (const variable of ['CORECTL_GITHUB_TOKEN', 'GITHUB_TOKEN', 'GH_TOKEN']) {
      it(`shows the token of ${variable} to the server, and keeps it out of arguments, files and output`, async () => {
        const {url, source, trusting} = await serveTls({authorization});
        const log = path.join(work, 'argv');
        const bin = path.join(work, 'bin');
        mkdirSync(bin);
        const real = executable('git') ?? '';
        writeFileSync(path.join(bin, 'git'), `#!/bin/sh\necho "$@" >> ${log}\nexec ${real} "$@"\n`);
        chmodSync(path.join(bin, 'git'), 0o755);
        const env = {
          ...trusting,
          PATH: `${bin}:${process.env.PATH ?? ''}`,
          GITHUB_SERVER_URL: url,
          [variable]: token,
        };
        const {code, stdout, stderr} = await init(['-e', source, '--verbose'], env);
        expect(code, stderr).to.equal(0);
        const seen = [readFileSync(log, 'utf8'), stdout, stderr, everythingInHome()].join('\n');
        expect(seen).to.contain('fetch').and.not.to.contain(token);
        expect(seen).not.to.contain(authorization.slice('Basic '.length));
      });
    }

    it('says what to do about a server that wants a token, and one that does not take it', async () => {
      const {source, trusting} = await serveTls({authorization});
      const without = await init(['-e', source], trusting);
      expect(without.code).to.equal(2);
      expect(without.stderr).to.contain('--github-token');
      const wrong = await init(['-e', source, '-t', 'wrong-token-1'], trusting);
      expect(wrong.code).to.equal(2);
      expect(wrong.stderr).to.contain('the token may read it').and.not.to.contain('wrong-token-1');
    });

    it('reads the token from standard input', async () => {
      const {source, trusting} = await serveTls({authorization});
      const run = (input: string) =>
        runCli(['init', '-e', source, '-t', '-'], {home, cwd: work, env: trusting, input});
      expect((await run('')).stderr).to.contain('expected a token on standard input, found nothing');
      const {code, stderr} = await run(`${token}\n`);
      expect(code, stderr).to.equal(0);
    });

    it('shows no token of GitHub’s to any other host, and none at all over http', async () => {
      const tls = await serveTls();
      const variables = {GITHUB_TOKEN: token, GH_TOKEN: token};
      expect((await init(['-e', tls.source], {...tls.trusting, ...variables})).code).to.equal(0);
      expect(shown(tls)).to.deep.equal([]);
      const http = await serve();
      const source = `${http.url}/environments/.git`;
      const all = {...variables, CORECTL_GITHUB_TOKEN: token, GITHUB_SERVER_URL: http.url};
      expect((await init(['-e', source, '--force'], all)).code).to.equal(0);
      const refused = await init(['-e', source, '--force', '-t', token]);
      expect(refused.code).to.equal(2);
      expect(refused.stderr).to.contain('over https only');
      expect(shown(http)).to.deep.equal([]);
    });

    it('leaves alone what the user has for the host: a credential helper or a header', async () => {
      const {source, url, trusting, ...server} = await serveTls({authorization});
      const config = path.join(work, 'gitconfig');
      const env = {...trusting, GIT_CONFIG_GLOBAL: config, CORECTL_GITHUB_TOKEN: 'another-token-7'};
      for (const own of [
        `[credential "${url}"]\n  helper =\n  helper = "!f() { echo username=x-access-token; echo password=${token}; }; f"\n`,
        `[http "${url}/"]\n  extraheader = "Authorization: ${authorization}"\n`,
      ]) {
        writeFileSync(config, own);
        const {code, stderr} = await init(['-e', source], env);
        expect(code, stderr).to.equal(0);
        expect(stderr).to.contain('the token is not used');
      }
      expect(shown(server).map((request) => request.authorization)).to.satisfy((all: string[]) =>
        all.every((one) => one === authorization),
      );
      writeFileSync(config, `[http "https://example.com/"]\n  extraheader = "Authorization: x"\n`);
      expect((await init(['-e', source], {...env, CORECTL_GITHUB_TOKEN: token})).code).to.equal(0);
    });

    it('does not carry the token to where a server redirects, and names the new address', async () => {
      const other = await serve();
      const {source, trusting} = await serveTls({redirectTo: other.url});
      const {code, stderr} = await init(['-e', source, '-t', token], trusting);
      expect(code).to.equal(2);
      expect(stderr).to.contain(`it has moved to ${other.url}/environments/.git`).and.not.to.contain(token);
      expect(shown(other)).to.deep.equal([]);
    });

    it('names the new address of a repository that it was redirected to', async () => {
      const other = await serve();
      const {url} = await serve({redirectTo: other.url});
      const {code, stderr} = await init(['-e', `${url}/environments/.git`]);
      expect(code, stderr).to.equal(0);
      expect(stderr).to.contain(`moved to ${other.url}/environments/.git`);
    });

    it('asks the user’s credential helper without a token', async () => {
      const {url} = await serve({authorization});
      const config = path.join(work, 'gitconfig');
      writeFileSync(
        config,
        `[credential]\n  helper = "!f() { echo username=x-access-token; echo password=${token}; }; f"\n`,
      );
      const {code, stderr} = await init(['-e', `${url}/environments/.git`], {GIT_CONFIG_GLOBAL: config});
      expect(code, stderr).to.equal(0);
    });

    it('refuses a password in the address without showing it', async () => {
      const {code, stderr} = await init(['-e', 'https://user:hunter2@example.com/o/r']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('--github-token').and.not.to.contain('hunter2');
    });

    it('clones by ssh with the user’s ssh command', async () => {
      const ssh = path.join(work, 'ssh');
      // the host and the options are of no interest: the last argument is the command for the other side
      writeFileSync(ssh, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n');
      chmodSync(ssh, 0o755);
      for (const source of [`git@example.com:${repository}`, `ssh://git@example.com${repository}`]) {
        const {code, stderr} = await init(['-e', source, '--force'], {GIT_SSH_COMMAND: ssh});
        expect(code, stderr).to.equal(0);
        expect(headOfClone()).to.equal(head);
      }
    });
  });
});
