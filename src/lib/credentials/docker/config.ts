import {isRecord} from '../../is-record.ts';
import {parseJson} from '../../json.ts';
import {homedir} from 'node:os';
import path from 'node:path';
import {messageOf, type CorectlError} from '../../errors.ts';
import {readNamedFile} from '../../named-file.ts';
import {codeOf} from '../../system-error.ts';
import {credentialFailure} from '../failures.ts';

/** What docker's configuration says about logins; nothing is decoded before it is needed. */
export interface DockerConfig {
  readonly file: string;
  /** By the key as written: `host`, `host/path`, `https://host/v1/`. */
  readonly auths: ReadonlyMap<string, unknown>;
  /** The helper's name by host; an empty name means that the file itself holds this host's login. */
  readonly credHelpers: ReadonlyMap<string, unknown>;
  readonly credsStore: unknown;
}

/** `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigFile(env: NodeJS.ProcessEnv): string {
  const folder = env.DOCKER_CONFIG ?? '';
  if (folder !== '') return path.resolve(folder, 'config.json');
  return path.join(env.HOME ?? homedir(), '.docker', 'config.json');
}

/** Reads the file; one that is not there says nothing. Raises `docker-config` (exit code 5), never with its content. */
export function readDockerConfig(file: string): DockerConfig {
  let text: string;
  try {
    text = readNamedFile(file);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return parseDockerConfig(file, '{}');
    throw dockerConfigError(file, `it cannot be read (${code ?? messageOf(error)})`);
  }
  return parseDockerConfig(file, text);
}

/** The file's text as a configuration; none or `null` says nothing, as docker has it. Raises `docker-config` (exit code 5). */
function parseDockerConfig(file: string, text: string): DockerConfig {
  const {auths = {}, credHelpers = {}, credsStore} = objectIn(file, text);
  return {
    file,
    auths: new Map(Object.entries(record(file, 'auths', auths))),
    credHelpers: new Map(Object.entries(record(file, 'credHelpers', credHelpers))),
    credsStore,
  };
}

/** The error for a file that is not as it should be. The problem must not quote what stands in the file: that may be a secret. */
export function dockerConfigError(file: string, problem: string): CorectlError {
  return credentialFailure('docker-config', `cannot use docker configuration ${file}: ${problem}`);
}

function objectIn(file: string, text: string): Record<string, unknown> {
  const json = text.replace(/^\uFEFF/, '').trim();
  const value = json === '' ? null : parseJson(json);
  if (value === undefined) throw dockerConfigError(file, 'expected JSON, found something else');
  return record(file, undefined, value);
}

function record(file: string, key: string | undefined, value: unknown): Record<string, unknown> {
  if (isRecord(value)) return value;
  if (value === null) return {};
  throw dockerConfigError(file, key === undefined ? 'expected an object' : `expected an object at "${key}"`);
}
