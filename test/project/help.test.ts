import {existsSync, readFileSync} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import path from 'node:path';
import {expect} from 'chai';
import {packageFolder, runCli} from '../support/cli.ts';

interface ManifestCommand {
  readonly hidden?: boolean;
  readonly summary?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly flags: Readonly<Record<string, unknown>>;
}

const folder = fileURLToPath(new URL('help/', import.meta.url));
const writing = process.env.WRITE_GOLDENS === '1';

describe('help', () => {
  it('of corectl lists the topics and commands', async () => {
    await compare('corectl', await help([]));
  });

  for (const [id, command] of Object.entries(commands())) {
    const name = id.replaceAll(':', ' ');

    it(`of corectl ${name} shows its flags and examples`, async () => {
      await compare(id.replaceAll(':', '-'), await help(id.split(':')));
    });

    it(`of corectl ${name} says what it is for, and how it is called`, () => {
      expect(command.summary ?? command.description, 'summary').to.be.a('string');
      expect(command.examples ?? [], 'examples').to.not.be.empty;
      expect(Object.keys(command.flags)).to.include.members(['json', 'verbose']);
    });
  }
});

/** What the build wrote; the commands are read before the tests are defined, so not asynchronously. */
function commands(): Record<string, ManifestCommand> {
  const file = path.join(packageFolder, 'oclif.manifest.json');
  if (!existsSync(file)) return {};
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {commands: Record<string, ManifestCommand>};
  return Object.fromEntries(
    Object.entries(manifest.commands).filter(([, command]) => command.hidden !== true),
  );
}

async function help(words: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await runCli([...words, '--help'], {env: {OCLIF_COLUMNS: '100'}});
  expect({code, stderr}).to.deep.equal({code: 0, stderr: ''});
  return stdout.replace(/corectl\/\S+ \S+ node-\S+/, 'corectl/VERSION');
}

async function compare(name: string, text: string): Promise<void> {
  const file = path.join(folder, `${name}.txt`);
  if (writing) {
    await mkdir(folder, {recursive: true});
    await writeFile(file, text);
    return;
  }
  const golden = await readFile(file, 'utf8').catch(() => '');
  expect(text, `${path.basename(file)} (npm run goldens writes it anew)`).to.equal(golden);
}
