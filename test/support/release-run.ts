// The release workflow on this machine: a clone with a tag, `act` for GitHub, and stand-ins for what lies beyond the machine.
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parse} from 'yaml';
import {isolated, type CliResult} from './cli.ts';
import {commit, git, writeFiles} from './git.ts';
import {gitHubProgram} from './github-program.ts';
import {ran} from './installation.ts';
import {executable} from './real-tools.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Where the clone says that it came from; git is told to look in a folder instead. */
const home = 'https://github.com/coreeng/corectl';

/** Milliseconds: the files for six systems and two images take two minutes of an idle machine. */
const timeLimit = 1_500_000;

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

export interface Job {
  readonly needs?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The workflow as it is written. */
export const releaseWorkflow = () =>
  parse(readFileSync(path.join(root, '.github/workflows/release.yaml'), 'utf8')) as Workflow;

/** The version that package.json names. */
export const releaseVersion = (
  JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {version: string}
).version;

export interface ReleaseRun {
  /** Where git pushes to. */
  readonly origin: string;
  /** What the jobs hand to each other. */
  readonly artifact: string;
  /** What GitHub's release has. */
  readonly assets: string;
  /** Runs these jobs; npm proves where a package comes from unless `provenance` is false. */
  run(jobs: readonly string[], options?: {readonly provenance: boolean}): Promise<CliResult>;
}

/** What stands for ghcr.io, `HOST:PORT`, and for npm, a URL. */
export interface Registries {
  readonly images: string;
  readonly packages: string;
}

/** Commits what is here as a release of this version, in a clone of its own below the folder, and tags it. */
export function releaseRun(folder: string, {images, packages}: Registries): ReleaseRun {
  const [clone, origin, artifact, assets, programs] = [
    'clone',
    'origin',
    'artifact',
    'assets',
    'programs',
  ].map((name) => path.join(folder, name)) as [string, string, string, string, string];
  copyTracked(clone);
  commit(clone);
  git(clone, 'tag', `v${releaseVersion}`);
  git(folder, 'clone', '--quiet', '--bare', clone, origin);
  git(clone, 'fetch', '--quiet', origin, 'main:refs/remotes/origin/main');
  git(clone, 'remote', 'add', 'origin', home);
  writePrograms(programs, {assets, folder, packages});
  return {
    ...{origin, artifact, assets},
    run: (jobs, {provenance} = {provenance: true}) => {
      const file = path.join(folder, 'release.yaml');
      // JSON is YAML
      writeFileSync(
        file,
        JSON.stringify(onThisMachine(releaseWorkflow(), {jobs, artifact, registry: images})),
      );
      const options = ['--platform', 'ubuntu-latest=-self-hosted', '--no-cache-server', '--directory', clone];
      const secret = ['--secret', 'GITHUB_TOKEN=nobody'];
      const {PATH = '', ...rest} = isolated(folder);
      const env = {
        ...rest,
        PATH: `${programs}:${PATH}`,
        XDG_CACHE_HOME: path.join(folder, 'cache'),
        // not in the clone, where act would find another owner than GitHub's
        ...{GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `url.${origin}.insteadOf`, GIT_CONFIG_VALUE_0: home},
        ...(!provenance && {WITHOUT_PROVENANCE: '1'}),
      };
      return ran(['act', 'push', ...options, ...secret, '--workflows', file], env, timeLimit);
    },
  };
}

/** What is not built or ignored, with a heading for this version in the changelog. */
function copyTracked(clone: string): void {
  const listed = git(root, 'ls-files', '--cached', '--others', '--exclude-standard', '-z').split('\0');
  for (const file of listed.filter(Boolean)) cpSync(path.join(root, file), path.join(clone, file));
  const changelog = path.join(clone, 'CHANGELOG.md');
  const text = readFileSync(changelog, 'utf8');
  writeFileSync(changelog, text.replace('## [Unreleased]', `## [${releaseVersion}]`));
}

interface Machine {
  readonly jobs: readonly string[];
  readonly artifact: string;
  readonly registry: string;
}

/** The workflow without what is not here: docker, GitHub's actions, other registries than one on loopback. */
function onThisMachine({jobs, ...rest}: Workflow, {jobs: names, artifact, registry}: Machine): Workflow {
  const scripts = standIns(artifact);
  const steps = Object.values(jobs).flatMap((job) => job.steps.map(nameOf));
  for (const name of scripts.keys())
    if (!steps.includes(name)) throw new Error(`the release workflow has no step ${name} any more`);
  const chosen = names.map((name) => {
    const {needs = '', env, steps, ...job} = jobs[name]!;
    const own = {
      // JSON leaves out what is undefined
      container: undefined,
      needs: names.includes(needs) ? needs : undefined,
      env: env === undefined ? undefined : {...env, REGISTRY: registry},
      steps: steps.map((step) => {
        const run = scripts.get(nameOf(step));
        return run === undefined ? step : {name: nameOf(step), run};
      }),
    };
    return [name, {...job, ...own}] as const;
  });
  return {...rest, jobs: Object.fromEntries(chosen)} as Workflow;
}

const nameOf = ({name, uses}: Step) => name ?? uses?.replace(/@.*/, '') ?? '';

/** What steps are replaced by. */
const standIns = (artifact: string): ReadonlyMap<string, string> =>
  new Map([
    ['actions/setup-go', 'go version'],
    ['actions/setup-node', 'node --version'],
    // artifacts forget who may execute a file
    [
      'actions/upload-artifact',
      `mkdir -p ${artifact}; mv release image action-tag ${artifact}/; chmod -R a-x,a+X ${artifact}`,
    ],
    ['actions/download-artifact', `cp --recursive --link ${artifact}/. .`],
    // the tests that run this; what it installs is here already
    [
      'Check and test',
      `cp --archive --link ${root}node_modules . || { rm -rf node_modules; cp --archive ${root}node_modules .; }`,
    ],
    // it changes the machine's packages
    ['Let files for arm64 start here, too', 'true'],
    // this test is among them
    ['Install what was built and promote with it', 'release/corectl-linux-x64 sandbox --run'],
  ]);

/** Programs that lie beyond the machine, or ask what does: each does what can be done here. */
function writePrograms(
  programs: string,
  {assets, folder, packages}: {assets: string; folder: string; packages: string},
): void {
  const key = path.join(folder, 'cosign');
  const env = {...process.env, COSIGN_PASSWORD: ''};
  execFileSync('cosign', ['generate-key-pair', '--output-key-prefix', key], {env, stdio: 'ignore'});
  mkdirSync(assets);
  const npmrc = path.join(folder, 'npmrc');
  writeFileSync(npmrc, `registry=${packages}\n${packages.replace('http:', '')}:_authToken=nobody\n`);
  writeFiles(programs, {
    // what is built comes from the registry that npm has otherwise
    npm: `#!/bin/bash
case $1 in publish | view) export npm_config_userconfig=${npmrc} ;; esac
[[ -z $WITHOUT_PROVENANCE ]] || set -- "\${@/--provenance/--no-provenance}"
exec ${executable('npm')} "$@"
`,
    // there is nobody here who would vouch for a workflow's identity
    cosign: `#!/bin/sh
command=$1; shift
case $command in
  login) exec ${executable('cosign')} login "$@" ;;
  sign) set -- --allow-http-registry "$@" ;;
esac
COSIGN_PASSWORD= exec ${executable('cosign')} "$command" --key ${key}.key --tlog-upload=false "$@"
`,
    // cosign is here already
    go: `#!/bin/sh\n[ "$1 $2" = "env GOPATH" ] && echo ${folder}/go || echo go "$@"\n`,
    gh: gitHubProgram(assets),
  });
  execFileSync('chmod', ['-R', 'a+x', programs]);
}
