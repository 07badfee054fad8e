import {homedir} from 'node:os';
import path from 'node:path';
import {dockerConfigFile} from './config.ts';

/**
 * Where `docker login`, `podman login` and `skopeo login` keep what they were told, the first to be asked first:
 * REGISTRY_AUTH_FILE, which somebody has set on purpose; docker's own file; then those of containers-auth.json(5).
 */
export function loginFiles(env: NodeJS.ProcessEnv): string[] {
  const {REGISTRY_AUTH_FILE: named = '', XDG_RUNTIME_DIR: runtime = '', XDG_CONFIG_HOME: base = ''} = env;
  const config = path.isAbsolute(base) ? base : path.join(env.HOME ?? homedir(), '.config');
  const files = [
    ...(named === '' ? [] : [path.resolve(named)]),
    dockerConfigFile(env),
    ...(path.isAbsolute(runtime) ? [path.join(runtime, 'containers', 'auth.json')] : []),
    path.join(config, 'containers', 'auth.json'),
  ];
  return [...new Set(files)];
}
