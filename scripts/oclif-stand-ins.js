import {readFile} from 'node:fs/promises';

// What @oclif/core loads at every start though corectl never needs it, as CommonJS modules that say so.
const manifestNeeded = "throw new Error('oclif.manifest.json is missing: npm run build writes it')";

const standIns = {
  // of templates, help texts use `<%= config.bin %>` and the like alone
  ejs: `exports.render = (text, context) => text.replace(/<%[-=]\\s*([\\w.]+)\\s*%>/g, (_, path) =>
    String(path.split('.').reduce((value, key) => value?.[key], context) ?? ''));`,
  // commands are found in the manifest
  tinyglobby: `exports.glob = () => { ${manifestNeeded}; };`,
  // there are no plugins
  minimatch: `exports.minimatch = () => { ${manifestNeeded}; };`,
  // --verbose tells of requests; oclif's own steps interest nobody here
  debug:
    'const silent = () => Object.assign(() => {}, {enabled: false, extend: silent}); module.exports = silent;',
  // progress is drawn by src/lib/ui
  'cli-spinners': "exports.dots2 = exports.line = {frames: ['-']};",
  // asks for the home directory when it is loaded, which fails for a user without an entry in passwd; stacks are shown as they are
  'clean-stack': 'module.exports = (stack) => stack;',
};

// shell and home are for oclif's own caches and plugins, and asking for them fails for a user without an entry in passwd
const system = `exports.getPlatform = () => process.platform;
exports.getShell = () => 'unknown';
exports.getHomeDir = () => '';`;

/** An esbuild plugin that gives @oclif/core the stand-ins; every other importer gets the real packages. */
export const oclifStandIns = {
  name: 'oclif-stand-ins',
  setup(build) {
    const names = Object.keys(standIns).join('|');
    build.onResolve({filter: new RegExp(`^(${names})$`)}, ({path, importer}) =>
      importer.includes('/@oclif/core/') ? {path, namespace: 'oclif-stand-in'} : undefined,
    );
    build.onLoad({filter: /@oclif\/core\/lib\/util\/os\.js$/}, () => ({contents: system, loader: 'js'}));
    build.onLoad(
      {filter: /\/(@oclif\/core\/lib\/.*|(?:string-width|wrap-ansi)\/index)\.js$/},
      async ({path}) => ({
        contents: requiredWhenUsed(edited(path, await readFile(path, 'utf8'))),
        loader: 'js',
      }),
    );
    build.onLoad({filter: /.*/, namespace: 'oclif-stand-in'}, ({path}) => ({
      contents: standIns[path],
      loader: 'js',
    }));
  },
};

const edits = {
  // sorting the commands by their language's rules loads Unicode's tables, 5 to 10 ms at every start
  '/config/plugin.js': ['a.id.localeCompare(b.id)', '(a.id < b.id ? -1 : 1)'],
  // plain text is as wide as it is long: known without the pattern of all emoji, which takes milliseconds
  '/string-width/index.js': [
    'string = stripAnsi(string);',
    'if (/^[ -~]*$/.test(string)) return string.length;\n$&',
  ],
  // text without escapes has none to close and open again at the ends of lines: looking at each character makes V8 optimize
  // the loop, and Node waits at the end until it has
  '/wrap-ansi/index.js': [
    "const pre = [...rows.join('\\n')];",
    "if (!/[\\u001B\\u009B]/.test(string)) return rows.join('\\n');\n$&",
  ],
  // it would throw all but EPIPE at whoever runs; src/lib/cli/output/outputs.ts tells what became of stdout
  '/lib/command.js': [/process\.stdout\.on\('error', [^]*?\n\}\);\n/, ''],
};

/** oclif's file as corectl needs it. Raises an error where it is written otherwise now. */
function edited(path, source) {
  const [, edit] = Object.entries(edits).find(([end]) => path.endsWith(end)) ?? [];
  if (edit === undefined) return source;
  const contents = source.replace(...edit);
  if (contents === source) throw new Error(`${path}: what is replaced in it is written otherwise now`);
  return contents;
}

/**
 * A file as TypeScript writes CommonJS, whose modules are loaded when one of their exports is first used: at a start most
 * never are. A module that is mentioned in another way than `name.export` stays as it is.
 */
function requiredWhenUsed(source) {
  const declarations = /^(?:const|var) (\w+) = ((?:__import(?:Default|Star)\()?require\("[^"]+"\)\)?);$/gm;
  return [...source.matchAll(declarations)].reduce((text, [declaration, name, required]) => {
    const rest = text.replace(declaration, '');
    if (new RegExp(`\\b${name}\\b(?!\\.)`).test(rest)) return text;
    return text
      .replace(new RegExp(`\\b${name}\\.`, 'g'), `(${name}()).`)
      .replace(declaration, `let ${name}Loaded; const ${name} = () => (${name}Loaded ??= ${required});`);
  }, source);
}
