#!/usr/bin/env node
const [first, ...rest] = process.argv.slice(2);
if ((first === '--version' || first === '-v' || first === 'version') && rest.length === 0) {
  // scripts ask for it often: answered before anything is imported, not even Node's own modules, whose import loads streams
  const {readFileSync, writeSync} = process.getBuiltinModule('node:fs');
  const {version, commit} = JSON.parse(
    readFileSync(new URL('../dist/release.json', import.meta.url), 'utf8'),
  );
  const from = commit === null ? '' : `commit-${commit.slice(0, 12)} `;
  try {
    writeSync(1, `corectl/${version} ${from}${process.platform}-${process.arch} node-${process.version}\n`);
  } catch (error) {
    // a reader that went away is nobody's fault
    if (error.code !== 'EPIPE') {
      process.exitCode = 1;
      process.stderr.write(`error[output]: cannot write to stdout: ${error.message}\n`);
    }
  }
} else {
  cacheCompiledCode(process.env);
  const {run} = await import('../dist/cli.js');
  await run(import.meta.url);
}

/**
 * Keeps compiled code for the next start (Node 22 and newer) where nobody else can put theirs: what stands there is run.
 * Node's own choice is a folder in the shared temporary directory, so without a home of ours there is none.
 */
function cacheCompiledCode(env) {
  const {enableCompileCache} = process.getBuiltinModule('node:module');
  const [home, name] = compileCachePlace(env);
  if (enableCompileCache === undefined || name === undefined) return;
  const {existsSync, lstatSync, mkdirSync, realpathSync} = process.getBuiltinModule('node:fs');
  if (!existsSync(home)) return;
  const folder = `${realpathSync.native(home)}/${name}`;
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700});
  } catch {
    return; // it may not be written to
  }
  const {mode} = lstatSync(folder);
  if ((mode & 0o077) === 0 && above(folder).every((one) => isKept(lstatSync(one))))
    enableCompileCache(folder);
}

/** A folder that should be there, and what it holds the cache in. */
function compileCachePlace({CORECTL_HOME, XDG_CACHE_HOME, HOME}) {
  const places = [
    [CORECTL_HOME, 'compile-cache'],
    [XDG_CACHE_HOME, 'corectl'],
    [HOME, '.cache/corectl'],
  ];
  return places.find(([home]) => home?.startsWith('/')) ?? [];
}

/** A folder and those that it is in. */
function above(folder) {
  const {dirname, normalize} = process.getBuiltinModule('node:path');
  const found = [normalize(folder)];
  while (found.at(-1) !== '/') found.push(dirname(found.at(-1)));
  return found;
}

/**
 * Whether nobody but this user and root can swap what is in a folder: theirs, writable to others only where it is
 * sticky, and no link to another place (a link's mode lets everyone write).
 */
function isKept({uid, mode}) {
  return (uid === process.getuid() || uid === 0) && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0);
}
