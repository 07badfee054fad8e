import {expect} from 'chai';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a script of the project exports. */
const scripts = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../../scripts/${name}`, import.meta.url).href)) as T;

interface Links {
  readonly deadLinks: (files: readonly string[]) => string[];
  readonly pagesOutOfReach: (files: readonly string[]) => string[];
}

interface Commands {
  readonly complaints: (page: string, text: string, commands: object) => string[];
}

const files = [
  ...readdirSync(root),
  ...['docs', 'schemas'].flatMap((folder) =>
    readdirSync(path.join(root, folder), {recursive: true}).map((file) =>
      path.posix.join(folder, String(file)),
    ),
  ),
].filter((file) => !file.startsWith('.'));

describe('the pages', () => {
  it('have no link that leads nowhere', async () => {
    const {deadLinks} = await scripts<Links>('dead-links.js');
    expect(deadLinks(files.filter((file) => file !== 'SECURITY.md'))).to.deep.equal([]);
  });

  it('are all within reach of the README', async () => {
    const {pagesOutOfReach} = await scripts<Links>('dead-links.js');
    expect(pagesOutOfReach(files)).to.deep.equal([]);
    expect(pagesOutOfReach(['README.md', 'docs/README.md', 'docs/alone.md'])).to.have.length(1);
  });

  it('name files and folders of the code that are there', () => {
    const page = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');
    const rooms = ['src', 'src/lib', 'test/support', ...roomsOf('src/lib')].map((room) =>
      path.join(root, room),
    );
    const named = [...page.matchAll(/`([a-z][\w./-]*(?:\/|\.ts|\.js))`/g)].map(([, name = '']) => name);
    expect(named.length).to.be.greaterThan(50);
    for (const name of named)
      expect(
        [root, ...rooms].some((room) => existsSync(path.join(room, name))),
        name,
      ).to.equal(true);
  });

  it('are searched for commands and flags that there are not', async () => {
    const {complaints} = await scripts<Commands>('documented-commands.js');
    const flags = {
      tenant: {name: 'tenant', char: 't'},
      'source-stage': {name: 'source-stage', aliases: ['old']},
    };
    const known = {'p2p:promote': {flags}, init: {flags: {}}};
    const found = (line: string) => complaints('page', `\`\`\`\n${line}\n\`\`\`\n`, known);
    for (const good of [
      '$ corectl p2p promote app:1 --tenant t --old x | tee log --append',
      '\tcorectl p2p promote $(app):$(version) \\\n\t  -t payments',
      '      - run: corectl init && npm ci --ignore-scripts',
    ])
      expect(found(good), good).to.deep.equal([]);
    for (const bad of [
      '$ corectl p2p promot app:1',
      '\t@corectl p2p promote $(app):$(version) \\\n\t  --tenants payments',
      '      - run: corectl init --sooner',
      'echo "x=$(corectl p2p promote app --newest)" >> file',
      'KEY=1 corectl init --sooner',
      'npm ci && corectl init --sooner',
    ])
      expect(found(bad), bad).to.have.length(1);
  });
});

const roomsOf = (folder: string): string[] =>
  readdirSync(path.join(root, folder), {withFileTypes: true})
    .filter((entry) => entry.isDirectory())
    .map(({name}) => path.join(folder, name));
