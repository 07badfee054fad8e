import type {RepositorySource} from './source.ts';

/** What git may know of the user, and what it is told besides. */
export interface GitOptions {
  readonly source: RepositorySource;
  /** The process's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** For https sources. */
  readonly token?: string | undefined;
  /** Whether someone is there to answer git's questions. */
  readonly terminal: boolean;
}

type Setting = readonly [key: string, value: string];
type Environment = Record<string, string>;

// the user's own means of reaching a server; everything else of git's, such as GIT_DIR from a hook, is left out
const kept =
  /^GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_.*|PROXY_SSL_.*|HTTP_PROXY_AUTHMETHOD|EXEC_PATH)$/;
const keptConfig = /^GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$/;
// not git's by name, and dropped since git would start what they name
const programs = new Set(['EDITOR', 'VISUAL', 'PAGER', 'PREFIX']);

/** Nothing that a repository holds is executed: no hook, filter, submodule or file system monitor. */
const hardening: readonly Setting[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.symlinks', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['submodule.recurse', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // a server that sends nothing for a minute is given up
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
];

/** The environment for talking to the source: the user's own configuration, the allowed transports, the token if any. */
export function remoteEnvironment({source, env, token, terminal}: GitOptions): Environment {
  const withToken = token !== undefined && source.kind === 'https' ? tokenSettings(source.origin, token) : [];
  return {
    ...basis(env, (name) => kept.test(name) || keptConfig.test(name)),
    ...(withToken.length > 0 && {GIT_ASKPASS: '', SSH_ASKPASS: ''}),
    GIT_ALLOW_PROTOCOL: transports(source),
    GIT_TERMINAL_PROMPT: terminal && withToken.length === 0 ? '1' : '0',
    ...settingsInEnvironment([...ownSettings(env), ...hardening, ...withToken]),
  };
}

/** The environment for work on the clone alone: no configuration but corectl's, no transport at all. */
export function localEnvironment({env}: Pick<GitOptions, 'env'>): Environment {
  return {
    ...basis(env, (name) => name === 'GIT_EXEC_PATH'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: '',
    GIT_TERMINAL_PROMPT: '0',
    ...settingsInEnvironment(hardening),
  };
}

/** In an environment variable, other users of the machine cannot read it; and it goes to that origin only. */
function tokenSettings(origin: string, token: string): Setting[] {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return [
    [`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`],
    // git would take the header along to wherever it is redirected
    ['http.followRedirects', 'false'],
    // the token or nothing: no second identity by accident
    ['credential.helper', ''],
  ];
}

function transports(source: RepositorySource): string {
  if (source.kind === 'local') return 'file';
  // a user's url.insteadOf may turn one into the other
  return source.kind === 'https' && source.plainHttp ? 'http:https:ssh' : 'https:ssh';
}

function basis(env: NodeJS.ProcessEnv, keep: (name: string) => boolean): Environment {
  const entries = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !programs.has(entry[0]) && (!entry[0].startsWith('GIT_') || keep(entry[0])),
  );
  // messages are told apart by their English text
  return {...Object.fromEntries(entries), LC_ALL: 'C', LANGUAGE: 'C'};
}

/** What the user passes in GIT_CONFIG_COUNT and its companions. */
function ownSettings(env: NodeJS.ProcessEnv): Setting[] {
  const count = Math.min(Number(env.GIT_CONFIG_COUNT ?? 0) || 0, 1000);
  return Array.from({length: count}, (_, index): Setting | undefined => {
    const [key, value] = [env[`GIT_CONFIG_KEY_${index}`], env[`GIT_CONFIG_VALUE_${index}`]];
    return key === undefined || value === undefined ? undefined : [key, value];
  }).filter((setting) => setting !== undefined);
}

function settingsInEnvironment(settings: readonly Setting[]): Environment {
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {GIT_CONFIG_COUNT: String(settings.length), ...(Object.fromEntries(pairs) as Environment)};
}
