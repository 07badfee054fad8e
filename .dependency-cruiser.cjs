// The layers of src/, top to bottom; imports point down only:
//   commands → ui, promotion, sandbox → credentials, environments → oci → errors
// The built-in registry stands beside them and shares nothing but oci's vocabulary.

const vocabulary = '^src/lib/oci/(digest|descriptor|media-types|reference|errors)\\.ts$';

/** Nothing in `folder` imports our own code from anywhere but itself, src/lib/errors.ts and `below`. */
function layer(folder, below, comment) {
  return {
    name: `${folder}-imports-down`,
    comment,
    severity: 'error',
    from: {path: `^src/lib/${folder}/`},
    to: {
      path: '^(src|test|bench|scripts)/',
      pathNot: [`^src/lib/${folder}/`, '^src/lib/errors\\.ts$', ...below],
    },
  };
}

/** The package is imported by one kind of file only. */
function keptIn(packageName, files, comment) {
  return {
    name: `${packageName}-in-one-place`,
    comment,
    severity: 'error',
    from: {path: '^src/', pathNot: files},
    to: {path: `node_modules/${packageName}/`},
  };
}

const lib = (...folders) => folders.map((folder) => `^src/lib/${folder}/`);

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment:
        'Two files that import each other are one idea in two places: move what both need into a third.',
      severity: 'error',
      from: {},
      to: {circular: true},
    },
    {
      name: 'no-orphans',
      comment:
        'Nothing imports this file and it is no entry: delete it, or import it where it was meant to be used.',
      severity: 'error',
      from: {orphan: true, pathNot: ['^src/cli\\.ts$', '^src/commands/']},
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'The import leads nowhere: name the file with its .ts extension, or install the package.',
      severity: 'error',
      from: {},
      to: {couldNotResolve: true},
    },
    {
      name: 'errors-import-nothing',
      comment: 'errors.ts is the bottom of the house: everything imports it, so it imports nothing of ours.',
      severity: 'error',
      from: {path: '^src/lib/errors\\.ts$'},
      to: {path: '^(src|test|bench|scripts)/'},
    },
    layer(
      'oci',
      [],
      'oci/ speaks the distribution API and knows no environment, tenant or terminal: pass what it needs as a parameter.',
    ),
    layer(
      'environments',
      lib('oci'),
      'environments/ says what the environments repository holds; who logs in, promotes or draws is decided above it.',
    ),
    layer(
      'credentials',
      lib('environments', 'oci'),
      'credentials/ turns an environment into a credential; it knows neither promotions nor terminals.',
    ),
    layer(
      'promotion',
      lib('credentials', 'environments', 'oci'),
      'promotion/ emits events and returns reports; ui/ draws them and commands/ joins the two.',
    ),
    layer(
      'manifests',
      lib('promotion', 'credentials', 'environments', 'oci'),
      'manifests/ turns promoter manifests into edges and has promotion/ copy them; ui/ draws and commands/ compose.',
    ),
    layer(
      'snapshot',
      lib('manifests', 'promotion', 'credentials', 'environments', 'oci'),
      'snapshot/ lists what registries hold or manifests promote; commands/ print it.',
    ),
    layer(
      'ui',
      lib('manifests', 'snapshot', 'promotion', 'credentials', 'environments', 'oci'),
      'ui/ draws values that it is given; what happens is decided in commands/ and promotion/.',
    ),
    layer(
      'sandbox',
      lib('registry', 'environments', 'oci'),
      'sandbox/ sets a stage (registries, repository, image) and lets the commands play: it calls no promotion itself.',
    ),
    layer(
      'registry',
      [vocabulary],
      "The built-in registry checks the client, so it shares only oci's vocabulary (digest, descriptor, media types, reference, errors) with it.",
    ),
    {
      name: 'commands-are-the-top',
      comment:
        'Commands compose what is below them: what two of them share belongs into a folder of src/lib.',
      severity: 'error',
      from: {path: '^src/lib/'},
      to: {path: '^src/(commands/|cli\\.ts$)'},
    },
    {
      name: 'base-command-for-commands',
      comment:
        'base-command.ts belongs to the commands: code below them takes values and an AbortSignal instead.',
      severity: 'error',
      from: {
        path: '^src/lib/',
        pathNot: '^src/lib/(base-command|manifest-flags|promote-flags|promote-request)\\.ts$',
      },
      to: {path: '^src/lib/base-command\\.ts$'},
    },
    {
      name: 'src-ships-alone',
      comment: 'src/ is what is published: it cannot need the tests, the benchmark or the scripts.',
      severity: 'error',
      from: {path: '^src/'},
      to: {path: '^(test|bench|scripts)/'},
    },
    {
      name: 'oclif-by-sub-path',
      comment:
        'Importing @oclif/core as a whole loads all of it at every start: use /command, /flags, /args and the like.',
      severity: 'error',
      from: {path: '^src/'},
      to: {path: 'node_modules/@oclif/core/lib/index\\.js$'},
    },
    keptIn(
      '@oclif/core',
      '^src/(cli\\.ts|commands/|lib/(base-command|manifest-flags|promote-flags)\\.ts)',
      'Flags and arguments end in commands/: below them a function takes parameters.',
    ),
    keptIn('listr2', '^src/lib/ui/tasks\\.ts$', 'ui/tasks.ts is the one file that knows listr2: extend it.'),
    keptIn(
      'simple-git',
      '^src/lib/environments/checkout[^/]*\\.ts$',
      'git runs hardened in environments/checkout*.ts only: a second caller would be without that hardening.',
    ),
    keptIn(
      'yaml',
      '^src/lib/(environments|manifests)/yaml[^/]*\\.ts$',
      'environments/yaml.ts reads every scalar as its literal text; another reader would make numbers of them.',
    ),
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'require', 'types'],
    },
  },
};
