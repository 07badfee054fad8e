// The rooms of src/lib/, top to bottom; imports point down only:
//   commands → cli → ui → sandbox, status, shards → saved-plans, snapshot, promoter-manifests → promotion → access → credentials, layout → copy, environments
//   policy → record → evidence stand beside access and above copy
//   → distribution → oci, http → the ground (the files right in src/lib/)
// The built-in registry stands beside them and shares nothing but the vocabulary of oci/.

const ground = '^src/lib/[^/]+\\.ts$';
const vocabulary = '^src/lib/oci/(digest|descriptor|media-types|reference)\\.ts$';

/** Nothing in `folder` imports our own code from anywhere but itself, the ground and `below`. */
function layer(folder, below, comment) {
  return {
    name: `${folder}-imports-down`,
    comment,
    severity: 'error',
    from: {path: `^src/lib/${folder}/`},
    to: {
      path: '^(src|test|bench|scripts)/',
      pathNot: [`^src/lib/${folder}/`, ground, ...below],
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
      from: {
        orphan: true,
        pathNot: [
          '^src/cli\\.ts$',
          '^src/one-file',
          '^src/commands/',
          '^scripts/',
          '^bench/run\\.ts$',
          '\\.test\\.ts$',
        ],
      },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'The import leads nowhere: name the file with its .ts extension, or install the package.',
      severity: 'error',
      from: {},
      // corectl: modules are made while bundling
      to: {couldNotResolve: true, pathNot: '^corectl:'},
    },
    {
      name: 'ground-imports-nothing',
      comment:
        'The files right in src/lib/ are the ground of the house: every room stands on them, so they need none.',
      severity: 'error',
      from: {path: ground},
      to: {path: '^(src|test|bench|scripts)/', pathNot: ground},
    },
    layer(
      'http',
      [],
      'http/ sends requests and knows no registry: what an answer means is said in distribution/.',
    ),
    layer(
      'oci',
      [],
      "oci/ has the specification's words and does no I/O: whoever reads or writes is in distribution/ or copy/.",
    ),
    layer(
      'distribution',
      lib('oci', 'http'),
      'distribution/ speaks with one repository of one registry; what goes from one to another is in copy/.',
    ),
    layer(
      'environments',
      lib('oci', 'http'),
      'environments/ says what the environments repository holds; who logs in, promotes or draws is decided above it.',
    ),
    layer(
      'credentials',
      lib('environments', 'distribution', 'oci', 'http'),
      'credentials/ turns an environment into a credential; it knows neither promotions nor terminals.',
    ),
    layer(
      'evidence',
      lib('copy', 'distribution', 'oci'),
      'evidence/ reads what was signed about a digest and by whom; what that is worth is said in policy/.',
    ),
    layer(
      'record',
      lib('evidence', 'credentials', 'copy', 'environments', 'distribution', 'oci', 'http'),
      'record/ writes and reads statements about promotions; when they are made is decided in promotion/.',
    ),
    layer(
      'policy',
      lib('record', 'evidence', 'environments', 'oci'),
      'policy/ judges by the evidence that it is given: whoever reads from registries is in evidence/ or promotion/.',
    ),
    layer(
      'copy',
      lib('distribution', 'oci', 'http'),
      'copy/ brings images from sources to targets; it knows no environment, tenant or terminal: pass what it needs as a parameter.',
    ),
    layer(
      'layout',
      lib('copy', 'distribution', 'oci', 'http'),
      'layout/ reads and writes OCI image layouts as sources and targets of copy/; who may use which folder is said in access/.',
    ),
    layer(
      'access',
      lib('credentials', 'environments', 'layout', 'copy', 'distribution', 'oci', 'http'),
      'access/ says who may do what where; what is done there is decided in promotion/.',
    ),
    layer(
      'promotion',
      lib(
        'policy',
        'record',
        'evidence',
        'access',
        'copy',
        'credentials',
        'environments',
        'distribution',
        'oci',
        'http',
      ),
      'promotion/ emits events and returns reports; ui/ draws them and commands/ joins the two.',
    ),
    {
      name: 'reading-knows-no-home',
      comment:
        'environments/reading/ makes the model out of files; which clone they are in, and what the user keeps beside it, is found out by environments/open.ts.',
      severity: 'error',
      from: {path: '^src/lib/environments/reading/'},
      to: {
        path: '^src/lib/environments/(checkout/|lock/|(open|home|home-error|settings|current-clone|shown-source|model-cache)\\.ts$)',
      },
    },
    {
      name: 'planning-asks-nobody',
      comment:
        'promotion/planning/ makes plans from the environments repository or what was typed, before anybody is asked: it knows places and words, and no registry.',
      severity: 'error',
      from: {path: '^src/lib/promotion/planning/'},
      to: {
        path: '^src/lib/(promotion/(?!planning/)|policy/|record/|evidence/|copy/|credentials/|distribution/)',
        dependencyTypesNot: ['type-only'],
      },
    },
    layer(
      'promoter-manifests',
      lib('promotion', 'access', 'credentials', 'environments', 'distribution', 'oci', 'http'),
      'promoter-manifests/ turns promoter manifests into edges and has promotion/ copy them; ui/ draws and commands/ compose.',
    ),
    layer(
      'saved-plans',
      lib('promotion', 'access', 'environments', 'oci'),
      'saved-plans/ keeps what a dry run found and tells what has moved since; promotion/ carries it out.',
    ),
    layer(
      'shards',
      lib('saved-plans', 'promoter-manifests', 'promotion', 'oci'),
      'shards/ divides what is planned and puts reports together again; each part is carried out as a whole would be.',
    ),
    layer(
      'snapshot',
      lib('promoter-manifests', 'distribution', 'oci'),
      'snapshot/ lists what registries hold or manifests promote; commands/ print it.',
    ),
    layer(
      'status',
      lib('snapshot', 'promotion', 'record', 'evidence', 'access', 'copy', 'oci'),
      'status/ reads where images are; it writes nothing, and ui/ draws it.',
    ),
    layer(
      'ui',
      lib('status', 'promoter-manifests', 'promotion', 'access', 'credentials', 'environments', 'oci'),
      'ui/ draws values that it is given; what happens is decided in commands/ and promotion/.',
    ),
    layer(
      'sandbox',
      lib('registry', 'environments', 'oci', 'http'),
      'sandbox/ sets a stage (registries, repository, image) and lets the commands play: it calls no promotion itself.',
    ),
    layer(
      'registry',
      [vocabulary],
      'The built-in registry checks the client, so it shares only the words of oci/ (digest, descriptor, media types, reference) with it.',
    ),
    {
      name: 'commands-are-the-top',
      comment:
        'Commands compose what is below them: what two of them share belongs into a folder of src/lib.',
      severity: 'error',
      from: {path: '^src/lib/'},
      to: {path: '^src/(commands/|cli\\.ts$|one-file)'},
    },
    {
      name: 'cli-for-commands',
      comment: 'cli/ belongs to the commands: code below them takes values and an AbortSignal instead.',
      severity: 'error',
      from: {path: '^src/lib/', pathNot: '^src/lib/cli/'},
      to: {path: '^src/lib/cli/'},
    },
    {
      name: 'flags-run-nothing',
      comment:
        'cli/flags/ reads what was typed and cli/output/ tells what came of it: what happens in between is composed in cli/runs/.',
      severity: 'error',
      from: {path: '^src/lib/cli/(flags|output)/'},
      to: {path: '^src/lib/cli/(runs|completion|asking)/', dependencyTypesNot: ['type-only']},
    },
    {
      name: 'asking-in-one-room',
      comment:
        'Questions to a person are in cli/asking/: one that is asked elsewhere could keep a job waiting that nobody looks on. cli/installation.ts asks for the terminal alone, which git may use.',
      severity: 'error',
      from: {path: '^src/', pathNot: '^src/lib/(cli/asking/|cli/installation\\.ts$|ui/choose\\.ts$)'},
      to: {path: '^src/lib/ui/(ask|choose)\\.ts$'},
    },
    {
      name: 'src-ships-alone',
      comment: 'src/ is what is published: it cannot need the tests, the benchmark or the scripts.',
      severity: 'error',
      from: {path: '^src/'},
      to: {path: '^(test|bench|scripts)/'},
    },
    {
      name: 'support-knows-no-test',
      comment: 'test/support/ is what tests stand on: what it needs of a test belongs into it.',
      severity: 'error',
      from: {path: '^test/support/'},
      to: {path: '^(test/(?!support/)|bench/|scripts/)'},
    },
    {
      name: 'bench-measures-from-outside',
      comment:
        'The benchmark runs what users run: it may know our reports and words, and nothing of the tests.',
      severity: 'error',
      from: {path: '^bench/'},
      to: {path: '^(test|scripts)/', pathNot: '^test/support/'},
    },
    {
      name: 'scripts-run-before-the-build',
      comment:
        'scripts/ make and check the package with Node alone: TypeScript of src/ cannot be imported there.',
      severity: 'error',
      from: {path: '^scripts/'},
      to: {path: '^(src|test|bench)/'},
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
      '^src/(cli\\.ts|commands/|lib/cli/)',
      'Flags and arguments end in commands/: below them a function takes parameters.',
    ),
    keptIn(
      'simple-git',
      '^src/lib/environments/checkout/',
      'git runs hardened in environments/checkout/ only: a second caller would be without that hardening.',
    ),
    keptIn(
      '@sigstore',
      '^src/lib/evidence/sigstore\\.ts$',
      'evidence/sigstore.ts is loaded where a certificate is verified: an import elsewhere would load it at every start.',
    ),
    keptIn(
      '@marcbachmann',
      '^src/lib/policy/rules/cel\\.ts$',
      'policy/rules/cel.ts is loaded where a condition is evaluated: an import elsewhere would load it at every start.',
    ),
    keptIn(
      '@noble',
      '^src/lib/evidence/ed25519ph\\.ts$',
      'evidence/ed25519ph.ts is loaded where such a signature is verified: an import elsewhere would load it at every start.',
    ),
    keptIn(
      'yaml',
      '^src/lib/(environments/reading|promoter-manifests)/yaml[^/]*\\.ts$',
      'environments/reading/yaml.ts reads every scalar as its literal text; another reader would make numbers of them.',
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
