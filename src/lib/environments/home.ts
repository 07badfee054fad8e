import {homedir} from 'node:os';
import path from 'node:path';

/** `CORECTL_HOME`, else `$XDG_CONFIG_HOME/corectl`, else `~/.config/corectl`. */
export function homeDirectory(env: NodeJS.ProcessEnv): string {
  if (env.CORECTL_HOME) return path.resolve(env.CORECTL_HOME);
  const {XDG_CONFIG_HOME: configured} = env;
  // the base directory specification has relative paths ignored
  if (configured && path.isAbsolute(configured)) return path.join(configured, 'corectl');
  return path.join(env.HOME ?? homedir(), '.config', 'corectl');
}

/** Where the clone of the environments repository is: a link to one below `clonesDirectory`, or a folder of older homes. */
export const cloneDirectory = (home: string): string => path.join(home, 'repositories', 'cplatform');

/** Where the clones are that the link may point to. */
export const clonesDirectory = (home: string): string => path.join(home, 'clones');

/** Where the settings are. */
export const settingsFile = (home: string): string => path.join(home, 'corectl.yaml');
