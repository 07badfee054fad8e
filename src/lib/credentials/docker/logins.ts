import {credentialIn} from './auth-entry.ts';
import {askHelper} from './credential-helper.ts';
import {authFor, goesInTheClear, helperSetFor, serverOf} from './auths.ts';
import {readDockerConfig, type DockerConfig} from './config.ts';
import type {RenewalRequest} from '../renewal.ts';
import {shareWork, type SharedWork} from '../single-flight.ts';
import type {Credential, CredentialRequest} from '../../distribution/credential.ts';
import type {RepositoryName} from '../../oci/reference.ts';

/** A credential and, for messages, where it came from. */
export interface Login {
  readonly credential: Credential;
  readonly origin: string;
  /** The file that holds it itself; absent where a helper does. */
  readonly file?: string;
}

/** The logins of docker configurations, shared by everyone who reads them: a helper runs once for all. */
export interface DockerLogins {
  /** The one to be named where there is no login. */
  readonly file: string;
  /** The repository's login; undefined when the configuration has none. Raises `docker-config` or `credential-helper`. */
  find(request: CredentialRequest & {readonly plainHttp: boolean}): Promise<Login | undefined>;
}

export interface DockerLoginsOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly helperTimeoutMs?: number;
}

/** Reads the file when a login is first wanted, and again for each renewal. */
export function dockerLogins(
  file: string,
  {env, helperTimeoutMs = 30_000}: DockerLoginsOptions,
): DockerLogins {
  const config = renewable<DockerConfig>();
  const answers = new Map<string, ReturnType<typeof renewable<Credential | undefined>>>();
  const ask: AskHelper = (name, server, {renew, signal}) => {
    const key = JSON.stringify([name, server]);
    const answer = answers.get(key) ?? renewable();
    answers.set(key, answer);
    const work = (abandoned: AbortSignal) =>
      askHelper(name, server, {env, timeoutMs: helperTimeoutMs, signal: abandoned});
    return answer(work, {renew, signal});
  };
  return {
    file,
    find: async (request) => {
      const read = await config(() => Promise.resolve().then(() => readDockerConfig(file)), request);
      return choose(read, request, (name, server) => ask(name, server, request));
    },
  };
}

/** Several of them as one, to be named by `file`: the first that has a login for a repository gives it. */
export function firstOfLogins(file: string, all: readonly DockerLogins[]): DockerLogins {
  return {
    file,
    find: async (request) => {
      for (const logins of all) {
        const login = await logins.find(request);
        if (login !== undefined) return login;
      }
      return undefined;
    },
  };
}

/**
 * A helper set for the host comes first, as docker and podman agree. Then an entry for a path below the host, which is
 * how podman tells two environments on one host apart; docker does not know such entries, so the store that it uses for
 * every host must not hide them. Then that store, and last the host's own entry, in docker's order.
 */
async function choose(
  config: DockerConfig,
  wanted: RepositoryName,
  ask: (name: unknown, server: string) => Promise<Credential | undefined>,
): Promise<Login | undefined> {
  const entry = authFor(config, wanted);
  const own = helperSetFor(config, wanted);
  const fromEntry = () =>
    entry && {
      credential: credentialIn(entry, config.file),
      origin: `docker configuration ${config.file} (auths ${JSON.stringify(entry.key)})`,
      file: config.file,
    };
  const fromHelper = async (name: unknown) => {
    const credential = isSet(name) ? await ask(name, serverOf(wanted)) : undefined;
    return credential && {credential, origin: `docker-credential-${String(name)}`};
  };
  if (own !== undefined) return (await fromHelper(own)) ?? fromEntry();
  if (entry && entry.path !== '') return fromEntry();
  return (goesInTheClear(wanted) ? undefined : await fromHelper(config.credsStore)) ?? fromEntry();
}

const isSet = (name: unknown): boolean => name !== undefined && name !== null && name !== '';

type AskHelper = (name: unknown, server: string, request: RenewalRequest) => Promise<Credential | undefined>;

/** Work done once, its failure kept too; done again for a renewal, which everyone who wants one meanwhile shares. */
function renewable<T>() {
  let current: SharedWork<T> | undefined;
  return (
    work: (abandoned: AbortSignal) => Promise<T>,
    {renew = false, signal}: RenewalRequest,
  ): Promise<T> => {
    const state = current?.state() ?? 'abandoned';
    if (!current || state === 'abandoned' || (renew && state === 'settled')) current = shareWork(work);
    return current.wait(signal);
  };
}
