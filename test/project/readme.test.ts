import {expect} from 'chai';
import {readFileSync} from 'node:fs';
import {access, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {exitCodes} from '../../src/lib/errors.ts';
import {packageFolder, runCli, startCli, type RunningCli} from '../support/cli.ts';
import {blocksOf, normalised, shownCommands, withOutputs} from '../support/console-blocks.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = path.join(root, 'README.md');
const page = readFileSync(file, 'utf8');
const writing = process.env.WRITE_GOLDENS === '1';

describe('README.md', () => {
  describe('shows what the commands print', () => {
    let home: string;
    let sandbox: RunningCli;
    let printed: string;
    const outputs: string[] = [];
    let lastCode: number | null = null;

    before(async () => {
      home = await mkdtemp(path.join(tmpdir(), 'corectl-readme-'));
      sandbox = startCli(['sandbox'], {home, timeoutMs: 300_000}); // to the last of the page's commands
      printed = await outputUntil(sandbox, 'Ctrl-C ends');
    });
    after(async () => {
      sandbox.child.kill('SIGINT');
      await sandbox.result;
      await rm(home, {recursive: true, force: true});
      if (writing) await writeFile(file, withOutputs(page, outputs));
    });

    const all = blocksOf(page)
      .filter(({language}) => language === 'console')
      .flatMap(shownCommands);
    all.forEach(({command, output}, index) => {
      it(`${index + 1}. $ ${command}`, async () => {
        const actual = (await type(command)).trimEnd();
        const same = normalised(actual) === normalised(output);
        outputs.push(same ? output : steady(actual, printed));
        if (!writing) {
          const expected = normalised(output);
          expect(normalised(actual), 'WRITE_GOLDENS=1 writes the page anew').to.equal(expected);
        }
      });
    });

    /** What a shell in the sandbox's environment shows of stdout. */
    async function type(command: string): Promise<string> {
      if (command === 'corectl sandbox') return printed;
      if (command === 'echo $?') return String(lastCode);
      const [program, ...words] = command.split(' ');
      expect(program, 'a command of corectl').to.equal('corectl');
      const args = words.map((word) => word.replace(/.*\/corectl-sandbox-\w+/, folderIn(printed)));
      const {code, stdout} = await runCli(args, {home, env: exportsIn(printed)});
      lastCode = code;
      return stdout;
    }
  });

  it('installs, builds, tours and tests with npm scripts and programs that exist', async () => {
    const {scripts} = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const shell = blocksOf(page).filter(({language}) => language === 'sh');
    const commands = shell.flatMap(({text}) => text.trim().split(/\n| && /));
    expect(commands).to.include.members(['npm ci', 'npm test', 'node bin/run.js sandbox --run']);
    for (const command of commands) {
      const [, script] = /^npm (?:run )?(\w+)$/.exec(command) ?? [];
      if (command === 'npm ci') await access(path.join(root, 'package-lock.json'));
      else if (script !== undefined) expect(scripts, command).to.have.property(script);
      else expect(command).to.equal('node bin/run.js sandbox --run');
    }
    for (const [, script = ''] of page.matchAll(/`npm run (\w+)`/g)) expect(scripts).to.have.property(script);
  });

  it('asks for the Node that the package asks for', async () => {
    const text = await readFile(path.join(root, 'package.json'), 'utf8');
    const {engines} = JSON.parse(text) as {engines: {node: string}};
    const [, version] = /Node\s+(\d+\.\d+) or newer/.exec(page) ?? [];
    expect(engines.node).to.equal(`>=${version ?? ''}.0`);
  });

  it('lists every exit code, and no other', () => {
    const codes = [...page.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    expect(codes).to.deep.equal(Object.values(exitCodes).sort((one, other) => one - other));
  });

  it('lists every command, and no other', async () => {
    const text = await readFile(path.join(packageFolder, 'oclif.manifest.json'), 'utf8');
    const {commands} = JSON.parse(text) as {commands: Record<string, {hidden?: boolean}>};
    const shown = Object.keys(commands).filter((id) => commands[id]?.hidden !== true);
    const listed = [...page.matchAll(/^\| `corectl ([a-z0-9 -]+)` +\|/gm)].map(([, name]) => name);
    expect(listed).to.have.members(shown.map((id) => id.replaceAll(':', ' ')));
  });

  it('links to pages and pictures that exist', async () => {
    const links = [...page.matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => link);
    expect(links).to.not.be.empty;
    for (const link of links.filter((one) => !one.startsWith('https://')))
      await access(path.join(root, link));
  });
});

/** Resolves to the output so far as soon as it holds the text and its line is complete. */
function outputUntil({child}: RunningCli, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(text) && output.endsWith('\n')) resolve(output);
    });
    child.once('close', () => {
      reject(new Error(`ended without showing ${text}: ${output}`));
    });
  });
}

/** The variables that the sandbox tells to export. */
function exportsIn(printed: string): Record<string, string> {
  const lines = [...printed.matchAll(/^ *export (\w+)=(\S+)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}

/** Output as the page has it: the folder that its commands name, and ports that are the same in all of its blocks. */
function steady(output: string, printed: string): string {
  const [, folder = ''] =
    /(\/tmp\/corectl-sandbox-\w+)\//.exec(page.slice(page.indexOf('$ corectl init'))) ?? [];
  const hosts = [...new Set(printed.match(/127\.0\.0\.1:\d+/g))];
  return hosts.reduce(
    (text, host, index) => text.replaceAll(host, `127.0.0.1:${40_001 + index}`),
    output.replaceAll(folderIn(printed), folder),
  );
}

const folderIn = (printed: string): string => path.dirname(exportsIn(printed).CORECTL_HOME ?? '');
