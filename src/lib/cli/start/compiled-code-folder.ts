import {existsSync, lstatSync, mkdirSync, realpathSync} from 'node:fs';
import path from 'node:path';

/**
 * The folder that compiled code is kept in, made where it was missing: below NODE_COMPILE_CACHE, CORECTL_HOME,
 * XDG_CACHE_HOME or HOME, where nobody else can put theirs, as what stands there is run. Undefined where there is no such
 * place.
 */
export function compiledCodeFolder(env: NodeJS.ProcessEnv): string | undefined {
  const [home, name] = placeIn(env);
  if (home === undefined || name === undefined || !existsSync(home)) return undefined;
  const folder = path.join(realpathSync.native(home), name);
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700});
  } catch {
    return undefined; // it may not be written to
  }
  const isOwn = (lstatSync(folder).mode & 0o077) === 0 && above(folder).every(isKept);
  return isOwn ? folder : undefined;
}

/** A folder that should be there, and what it holds the compiled code in. */
function placeIn({
  NODE_COMPILE_CACHE,
  CORECTL_HOME,
  XDG_CACHE_HOME,
  HOME,
}: NodeJS.ProcessEnv): readonly (string | undefined)[] {
  const places = [
    [NODE_COMPILE_CACHE, 'corectl'],
    [CORECTL_HOME, 'compile-cache'],
    [XDG_CACHE_HOME, 'corectl'],
    [HOME, '.cache/corectl'],
  ];
  return places.find(([home]) => home?.startsWith('/')) ?? [];
}

/** A folder and those that it is in. */
function above(folder: string): string[] {
  return folder === '/' ? [folder] : [folder, ...above(path.dirname(folder))];
}

/**
 * Whether nobody but this user and root can swap what is in a folder: theirs, writable to others only where it is
 * sticky, and no link to another place (a link's mode lets everyone write).
 */
function isKept(folder: string): boolean {
  const {uid, mode} = lstatSync(folder);
  return (uid === process.getuid?.() || uid === 0) && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0);
}
