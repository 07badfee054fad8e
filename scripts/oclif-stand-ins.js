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
    // sorting the commands by their language's rules loads Unicode's tables, 5 to 10 ms at every start
    build.onLoad({filter: /@oclif\/core\/lib\/config\/plugin\.js$/}, async ({path}) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace('a.id.localeCompare(b.id)', '(a.id < b.id ? -1 : 1)');
      if (contents === source) throw new Error(`${path}: the sorting of commands is written otherwise now`);
      return {contents, loader: 'js'};
    });
    // it would throw all but EPIPE at whoever runs; src/lib/cli/output/outputs.ts tells what became of stdout
    build.onLoad({filter: /@oclif\/core\/lib\/command\.js$/}, async ({path}) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/process\.stdout\.on\('error', [^]*?\n\}\);\n/, '');
      if (contents === source) throw new Error(`${path}: errors of stdout are taken otherwise now`);
      return {contents, loader: 'js'};
    });
    build.onLoad({filter: /.*/, namespace: 'oclif-stand-in'}, ({path}) => ({
      contents: standIns[path],
      loader: 'js',
    }));
  },
};
