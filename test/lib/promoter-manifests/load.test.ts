import {expect} from 'chai';
import {mkdirSync, symlinkSync} from 'node:fs';
import path from 'node:path';
import {edgesOf} from '../../../src/lib/promoter-manifests/edges.ts';
import {Findings} from '../../../src/lib/promoter-manifests/findings.ts';
import {loadManifests, type ManifestSource} from '../../../src/lib/promoter-manifests/load.ts';
import {quickEntry} from '../../../src/lib/promoter-manifests/quick-entry.ts';
import {readImage} from '../../../src/lib/promoter-manifests/read-images.ts';
import {parseYaml} from '../../../src/lib/environments/reading/yaml.ts';
import {remove, temporaryFolder, writeFiles} from '../../support/git.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

const registries = `registries:
- name: staging.example.com/team # everyone may read it
  src: true
- name: eu.example.com/team
  service-account: promoter@prod.iam.gserviceaccount.com
- name: us.example.com/team
`;

describe('promoter manifests', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    remove(folder);
  });

  const load = (source: ManifestSource) =>
    loadManifests(source, (file) => path.relative(folder, path.resolve(file)));
  const plain = (text: string) => {
    writeFiles(folder, {'plain.yaml': text});
    return load({kind: 'plain', files: [path.join(folder, 'plain.yaml')]});
  };
  const thin = (files: Record<string, string>) => {
    writeFiles(folder, files);
    return load({kind: 'thin', folder});
  };
  const told = ({problems}: ReturnType<typeof load>) =>
    problems.map(({file, line, column, message}) => `${file}:${line}:${column} ${message}`);
  /** Images as name → digest → tags. */
  const images = ({manifests}: ReturnType<typeof load>) =>
    manifests.flatMap((manifest) =>
      manifest.images.map(({name, digests}) => [
        name,
        digests.map(({digest, tags}) => [digest, tags.map(({tag}) => tag)]),
      ]),
    );

  it('are refused at the line of a second document, wherever it stands', () => {
    const entry = (name: string) => `- name: ${name}\n  dmap:\n    "${digest('a')}": ["1.1"]\n`;
    const another = 'expected one YAML document, found another one';
    expect(told(plain(`${registries}images:\n${entry('apple')}---\n${entry('pear')}`))).to.deep.equal([
      `plain.yaml:11:1 ${another}`,
    ]);
    const halves = (manifest: string, list: string) =>
      thin({'manifests/a/promoter-manifest.yaml': manifest, 'images/a/images.yaml': list});
    expect(told(halves(registries, `${entry('apple')}---\n${entry('pear')}`))).to.deep.equal([
      `images/a/images.yaml:4:1 ${another}`,
    ]);
    expect(told(halves(`---\n${registries}---\n`, entry('apple')))).to.deep.equal([
      `manifests/a/promoter-manifest.yaml:8:1 ${another}`,
    ]);
  });

  it('do not lose a project that is a link, nor all of them', () => {
    thin({
      'manifests/a/promoter-manifest.yaml': registries,
      'images/a/images.yaml': `- name: apple\n  dmap:\n    "${digest('a')}": ["1.1"]\n`,
    });
    symlinkSync('a', path.join(folder, 'manifests', 'b'));
    expect(told(load({kind: 'thin', folder})).join()).to.match(
      /^manifests\/b:1:1 expected .* found a symbolic link/,
    );
    const other = path.join(folder, 'other');
    mkdirSync(other);
    for (const half of ['manifests', 'images']) symlinkSync(path.join(folder, half), path.join(other, half));
    expect(told(load({kind: 'thin', folder: other}))).to.have.length(2);
  });

  it('are read in one piece: registries and images', () => {
    const found = plain(`${registries}images:
- name: apple
  dmap:
    "${digest('a')}": ["1.1", "latest"]
    ${digest('b')}: []
`);
    expect(found.problems).to.deep.equal([]);
    const [manifest] = found.manifests;
    expect(manifest?.source.name).to.equal('staging.example.com/team');
    expect(manifest?.destinations.map(({name, serviceAccount}) => [name, serviceAccount])).to.deep.equal([
      ['eu.example.com/team', 'promoter@prod.iam.gserviceaccount.com'],
      ['us.example.com/team', undefined],
    ]);
    expect(images(found)).to.deep.equal([
      [
        'apple',
        [
          [digest('a'), ['1.1', 'latest']],
          [digest('b'), []],
        ],
      ],
    ]);
  });

  it('are read in two halves, project by project', () => {
    const found = thin({
      'manifests/b/promoter-manifest.yaml': registries,
      'images/b/images.yaml': `- name: beta/app\n  dmap:\n    "${digest('b')}": ["1"]\n`,
      'manifests/a/promoter-manifest.yaml': registries,
      'images/a/images.yaml': '# No images yet\n',
      'images/a/OWNERS': 'approvers: [me]\n',
      'README.md': 'how to promote',
    });
    expect(told(found)).to.deep.equal([]);
    expect(found.manifests.map(({label}) => label)).to.deep.equal(['a', 'b']);
    expect(images(found)).to.deep.equal([['beta/app', [[digest('b'), ['1']]]]]);
  });

  const odd = (entries: string) =>
    ['- 1.0', '- 0x10', '- null', '- 1.10', '- "007"', '- 1e3', '- true']
      .map((tag) => `${entries}${tag}`)
      .join('\n');

  it('keep every scalar as it is written', () => {
    const found = plain(`${registries}images:
- name: "123"
  dmap:
    ${digest('0')}:
${odd('    ')}
`);
    expect(told(found)).to.deep.equal([]);
    expect(images(found)).to.deep.equal([
      ['123', [[digest('0'), ['1.0', '0x10', 'null', '1.10', '007', '1e3', 'true']]]],
    ]);
  });

  for (const [how, text] of [
    [
      'with anchors',
      `- name: apple\n  dmap: &same\n    "${digest('a')}": ["1"]\n- name: pear\n  dmap: *same\n`,
    ],
    [
      'in braces',
      `[{name: apple, dmap: {"${digest('a')}": ["1"]}}, {name: pear, dmap: {"${digest('a')}": ["1"]}}]\n`,
    ],
    [
      'behind a document marker',
      `# fruit\n---\n- name: apple\n  dmap: {"${digest('a')}": ["1"]}\n-\n  name: pear\n  dmap:\n    "${digest('a')}":\n    - "1"\n`,
    ],
    [
      'with Windows line ends',
      `- name: apple\r\n  dmap:\r\n    "${digest('a')}": ["1"]\r\n- name: pear\r\n  dmap:\r\n    "${digest('a')}": ["1"]\r\n`,
    ],
    [
      'indented',
      `  - name: apple\n    dmap: {"${digest('a')}": ["1"]}\n  # a comment\n  - name: pear\n    dmap: {"${digest('a')}": ["1"]}\n`,
    ],
  ] as const) {
    it(`may list their images ${how}`, () => {
      const found = thin({'manifests/a/promoter-manifest.yaml': registries, 'images/a/images.yaml': text});
      expect(told(found)).to.deep.equal([]);
      const tags = [[digest('a'), ['1']]];
      expect(images(found)).to.deep.equal([
        ['apple', tags],
        ['pear', tags],
      ]);
    });
  }

  it('tell all problems of all files at once, each with its place', () => {
    const found = thin({
      'manifests/a/promoter-manifest.yaml':
        'registries:\n- name: https://staging.example.com\n  src: yep\n- nmae: x\n',
      'images/a/images.yaml': `- name: Apple
  dmap: {}
  tags: []
- dmap:
    "sha256:short": ["ok"]
    "${digest('a')}": [".bad", ""]
    "${digest('b')}":
    "${digest('b')}": []
- name: pear
  dmap:
    "${digest('c')}": latest
`,
      'manifests/b/promoter-manifest.yaml': `${registries}- name: x.example.com\n  src: true\nimages: []\n`,
      'images/b/images.yaml': 'apple: 1\n',
    });
    expect(told(found)).to.deep.equal([
      'manifests/a/promoter-manifest.yaml:2:3 expected a registry as HOST[:PORT]/PATH, without a scheme, found "https://staging.example.com"',
      'manifests/a/promoter-manifest.yaml:3:3 expected true or false, found "yep"',
      'manifests/a/promoter-manifest.yaml:4:3 expected no key but name, src, service-account, found "nmae"',
      'manifests/a/promoter-manifest.yaml:4:3 expected a registry as HOST[:PORT]/PATH, without a scheme, found nothing',
      'manifests/a/promoter-manifest.yaml:1:1 expected one registry with src: true, found none',
      'images/a/images.yaml:3:3 expected no key but name, dmap, found "tags"',
      'images/a/images.yaml:1:3 expected the name of an image, in lower case and without a registry, found "Apple"',
      'images/a/images.yaml:2:3 expected at least one digest with its tags, found a mapping',
      'images/a/images.yaml:8:5 expected each key once, found it again',
      'images/a/images.yaml:4:3 expected the name of an image, in lower case and without a registry, found nothing',
      'images/a/images.yaml:5:5 expected sha256: and 64 hexadecimal digits in lower case, found "sha256:short"',
      `images/a/images.yaml:6:81 expected a tag of up to 128 letters, digits, dots, dashes and underscores, found ".bad"`,
      `images/a/images.yaml:6:89 expected a tag of up to 128 letters, digits, dots, dashes and underscores, found nothing`,
      'images/a/images.yaml:7:5 expected a list of tags, or [] for none, found nothing',
      'images/a/images.yaml:11:5 expected a list of tags, or [] for none, found "latest"',
      'manifests/b/promoter-manifest.yaml:9:1 expected no key but registries, imagesPath, found "images"',
      'manifests/b/promoter-manifest.yaml:8:3 expected one registry with src: true, found another one',
      'images/b/images.yaml:1:1 expected a list of images, each with name and dmap, found a mapping',
    ]);
    expect(found.manifests).to.deep.equal([]);
  });

  it('tell the same of one file, with the lines of that file', () => {
    const found = plain(`# fruit
images:
# the first one
- name: apple
  dmap:
    sha256:nothing: []
- name: "unfinished
registries:
- name: only.example.com
  src: true
`);
    expect(told(found)).to.deep.equal([
      'plain.yaml:8:1 expected at least one registry to promote to, found none',
      'plain.yaml:6:5 expected sha256: and 64 hexadecimal digits in lower case, found "sha256:nothing"',
      'plain.yaml:8:1 expected valid YAML, found an error: Missing closing "quote',
    ]);
  });

  it('have both halves of each project, at their places', () => {
    const found = thin({
      'manifests/a/promoter-manifest.yaml': registries,
      'images/b/images.yaml': '[]\n',
      'images/b/image.yaml': '[]\n',
      'images/c/README.md': '',
    });
    expect(told(found).sort()).to.deep.equal([
      'images/a/images.yaml:1:1 expected both halves of project a, found nothing here',
      'manifests/b/promoter-manifest.yaml:1:1 expected both halves of project b, found nothing here',
    ]);
  });

  it('are not there where no project is: that is not a tree with nothing to do', () => {
    expect(told(thin({'manifests/OWNERS': '', 'images/.gitkeep': ''}))).to.deep.equal([
      'manifests:1:1 expected a folder for each project, found none',
    ]);
  });

  it('leave what belongs to no project unread and told, where there are projects', () => {
    const strays = {
      'images/a/deeper/images.yaml': 'no list\n',
      'images/a/image.yaml': 'no list\n',
      'manifests/promoter-manifest.yaml': registries,
      'manifests/b/OWNERS': '',
      'images/b/old/images.yaml': '[]\n',
      'images/README.md': '',
    };
    const lines = [
      'images/a/deeper/images.yaml:1:1 expected images/PROJECT/images.yaml, found another YAML file',
      'images/a/image.yaml:1:1 expected images/PROJECT/images.yaml, found another YAML file',
      'images/b/old/images.yaml:1:1 expected images/PROJECT/images.yaml, found another YAML file',
      'images/b:1:1 expected a project with manifests/b/promoter-manifest.yaml and images/b/images.yaml, found neither',
      'manifests/b:1:1 expected a project with manifests/b/promoter-manifest.yaml and images/b/images.yaml, found neither',
      'manifests/promoter-manifest.yaml:1:1 expected manifests/PROJECT/promoter-manifest.yaml, found another YAML file',
    ];
    expect(told(thin(strays))).to.include.members(lines);
    const {
      manifests,
      problems,
      strays: found,
    } = thin({
      'manifests/a/promoter-manifest.yaml': registries,
      'images/a/images.yaml': '[]\n',
    });
    expect(manifests.map(({label}) => label)).to.deep.equal(['a']);
    expect(problems).to.deep.equal([]);
    expect(told({manifests, problems: found, strays: []}).sort()).to.deep.equal(lines);
  });

  it('are read as the image promoter of Kubernetes reads them', () => {
    const read = (text: string, images = '') => {
      const {manifests, problems} = thin({
        'manifests/a/promoter-manifest.yaml': `registries:\n- {name: staging.example.com${text}}\n- {name: eu.example.com, service-account: "", src: off}\n${images}`,
        'images/a/images.yaml': '[]\n',
      });
      return problems.length === 0 ? manifests[0] : problems.map(({message}) => message);
    };
    for (const yes of ['true', 'True', 'TRUE', 'yes', 'Yes', 'on', 'y'])
      expect(read(`, src: ${yes}, service-account:`), yes).to.have.nested.property(
        'source.host',
        'staging.example.com',
      );
    expect(read(', src: true')).to.have.property('destinations').with.lengthOf(1);
    expect(read(', src: true')).to.not.have.nested.property('destinations[0].serviceAccount');
    expect(read(', src: true', 'imagesPath: ../somewhere/else.yaml\n')).to.have.property('label', 'a');
    expect(read(', src: true', 'imagesPath: [a]\n')).to.deep.equal(['expected a path, found a list']);
    for (const no of ['tRue', '1', 'maybe'])
      expect(read(`, src: ${no}`)).to.include(`expected true or false, found "${no}"`);
    expect(read(', src:')).to.include('expected one registry with src: true, found none');
  });

  it('are not read where there are none, nor through a link that leaves the tree', () => {
    writeFiles(folder, {file: ''});
    for (const name of ['absent', 'file'])
      expect(told(load({kind: 'thin', folder: path.join(folder, name)}))).to.deep.equal([
        `${name}:1:1 expected a folder of thin manifests, found none`,
      ]);
    expect(told(load({kind: 'thin', folder})).join()).to.contain(
      'manifests:1:1 expected a folder with a folder',
    );
    expect(told(load({kind: 'plain', files: [path.join(folder, 'absent.yaml')]}))).to.deep.equal([
      'absent.yaml:1:1 expected a YAML file, found nothing',
    ]);
    writeFiles(folder, {'manifests/a/promoter-manifest.yaml': registries, secret: 'token: very-secret\n'});
    mkdirSync(path.join(folder, 'images/a'), {recursive: true});
    symlinkSync(path.join(folder, 'secret'), path.join(folder, 'images/a/images.yaml'));
    const linked = told(load({kind: 'thin', folder})).join();
    expect(linked).to.contain('a symbolic link');
    expect(linked).to.not.contain('very-secret');
  });

  describe('as edges', () => {
    const edges = (...manifests: string[]) => {
      const names = manifests.map((text, index) => {
        writeFiles(folder, {[`${index}.yaml`]: text});
        return path.join(folder, `${index}.yaml`);
      });
      const {manifests: loaded, problems} = load({kind: 'plain', files: names});
      expect(problems).to.deep.equal([]);
      return edgesOf(loaded);
    };
    const destinations = ({edges}: ReturnType<typeof edgesOf>) =>
      edges.map(
        ({destination: {repository}, digest, tag}) =>
          `${repository.host}/${repository.path} ${tag ?? '-'} ${digest.slice(7, 8)}`,
      );

    it('lead to each destination in the order of the file', () => {
      const found = edges(
        `${registries}images:\n- name: b\n  dmap:\n    "${digest('b')}": ["2", "1"]\n- name: a\n  dmap:\n    "${digest('a')}": []\n`,
      );
      expect(destinations(found)).to.deep.equal([
        'eu.example.com/team/b 2 b',
        'eu.example.com/team/b 1 b',
        'us.example.com/team/b 2 b',
        'us.example.com/team/b 1 b',
        'eu.example.com/team/a - a',
        'us.example.com/team/a - a',
      ]);
    });

    it('are there once when the same digest is listed twice', () => {
      const entry = `- name: a\n  dmap:\n    "${digest('a')}": ["1"]\n`;
      const found = edges(`${registries}images:\n${entry}${entry}`, `${registries}images:\n${entry}`);
      expect(destinations(found)).to.deep.equal(['eu.example.com/team/a 1 a', 'us.example.com/team/a 1 a']);
    });

    it('are refused where two digests are to have one tag, also across files and names', () => {
      const other = `registries:\n- name: staging.example.com\n  src: true\n- name: EU.example.com:443\n`;
      const found = edges(
        `${registries}images:\n- name: a\n  dmap:\n    "${digest('a')}": ["1"]\n    "${digest('b')}":\n    - "0"\n    - "1"\n`,
        `${other}images:\n- name: team/a\n  dmap:\n    "${digest('c')}": ["1"]\n`,
      );
      expect(
        found.problems.map(({file, line, column, message}) => `${file}:${line}:${column} ${message}`),
      ).to.deep.equal([
        `0.yaml:13:7 expected one digest for eu.example.com/team/a:1, found ${digest('b')} here and ${digest('a')} in 0.yaml:10`,
        `1.yaml:8:81 expected one digest for eu.example.com:443/team/a:1, found ${digest('c')} here and ${digest('a')} in 0.yaml:10`,
      ]);
    });
  });
});

describe('an entry in the usual notation', () => {
  const entries = [
    `- name: team/apple\n  dmap:\n    "${digest('a')}": ["1.1", "latest"]\n    "${digest('b')}": []\n`,
    `- name: "apple"\n  dmap:\n   ${digest('a')}: ["1.1"]\n`,
  ];
  for (const text of entries) {
    it(`reads as YAML does: ${text.split('\n')[0]}`, () => {
      const quick = quickEntry({text, firstLine: 7});
      const yaml = parseYaml(text, 'images.yaml', {firstLine: 7});
      expect(quick).to.deep.equal(readImage(yaml, [0], new Findings(yaml)));
    });
  }

  const others = [
    `- name: apple # mine\n  dmap:\n    "${digest('a')}": ["1"]\n`,
    `- name: apple\n  dmap:\n    "${digest('a')}": ["1"]\n    "${digest('a')}": ["2"]\n`,
    `- name: apple\n  dmap:\n    "${digest('a')}": ["1"]\n   "${digest('b')}": ["2"]\n`,
    `- name: apple\n  dmap:\n  "${digest('a')}": ["1"]\n`,
    `- name: apple\n  dmap:\n    "${digest('a')}": ["-1"]\n`,
    `- name: apple\n  dmap:\n    "${digest('a')}': ["1"]\n`,
    `- name: apple\n  dmap:\n`,
    `- name: apple\n  dmap:\n    "sha256:abc": ["1"]\n`,
  ];
  for (const text of others) {
    it(`is left to YAML otherwise: ${JSON.stringify(text.replace(/[ab]{64}/g, '…'))}`, () => {
      expect(quickEntry({text, firstLine: 1})).to.equal(undefined);
    });
  }
});
