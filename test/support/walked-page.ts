import {expect} from 'chai';
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Readable} from 'node:stream';
import {fileURLToPath} from 'node:url';
import {isolated, startCli, writeProgram, type RunningCli} from './cli.ts';
import {blocksOf, normalised, shownCommands, withOutputs} from './console-blocks.ts';
import {executable} from './real-tools.ts';
import {remove, temporaryFolder, writeFiles} from './git.ts';

const writing = process.env.WRITE_GOLDENS === '1';

const sandbox = 'corectl sandbox';

// what pages call the folder that their reader is in, and the sandbox's
const readersFolder = '/home/you';
const sandboxsFolder = '/tmp/corectl-sandbox-a1B2c3';

/** Something that a reader does: write a file, or type a command. */
type Step =
  {readonly file: string; readonly text: string} | {readonly command: string; readonly output: string};

interface WalkOptions {
  /** Programs that the page's commands start besides corectl, git and a shell's own; the suite is skipped without them. */
  readonly needs?: readonly string[];
  /** What is typed before the page's own commands, to make what it tells of. */
  readonly before?: readonly string[];
}

interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A suite that does what a page of docs/ says, in its order and in one shell: blocks below `<!-- file: PATH -->` are written
 * to that file, and each command of a console block prints what stands below it, stdout or else stderr. `corectl sandbox` goes on
 * in the background; its ports and folder stand in for those of the page, which may leave out what it prints. WRITE_GOLDENS=1 writes the outputs anew.
 */
export function describeWalk(name: string, {needs = [], before: first = []}: WalkOptions = {}): void {
  const file = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  const page = readFileSync(file, 'utf8');

  const lacking = needs.filter((program) => executable(program) === undefined);
  const skipped = lacking.length === 0 ? '' : `: skipped, not installed: ${lacking.join(', ')}`;
  describe(`docs/${name}, done as it says${skipped}`, function () {
    this.timeout(120_000);
    const outputs: string[] = [];
    let reader: Reader | undefined;
    before(async function () {
      this.timeout(300_000); // each is many commands, and the machine may be busy
      if (lacking.length > 0) return this.skip();
      reader = new Reader();
      for (const command of first) await reader.type(command);
    });
    after(async () => {
      await reader?.leave();
      if (writing && reader !== undefined) writeFileSync(file, withOutputs(page, outputs));
    });

    stepsOf(page).forEach((step, index) => {
      if ('file' in step) it(`${index + 1}. writes ${step.file}`, () => reader!.write(step.file, step.text));
      else
        it(`${index + 1}. $ ${step.command}`, async () => {
          const printed = await reader!.type(step.command);
          if (step.command === sandbox && step.output === '') return void outputs.push('');
          const actual = printed.stdout.trim() === '' ? printed.stderr : printed.stdout;
          const same = normalised(actual) === normalised(step.output);
          outputs.push(same ? step.output : actual.trimEnd());
          if (!writing)
            expect(normalised(actual), 'WRITE_GOLDENS=1 writes the page anew').to.equal(
              normalised(step.output),
            );
        });
    });
  });
}

function stepsOf(page: string): Step[] {
  return blocksOf(page).flatMap((block): Step[] => {
    if (block.file !== undefined) return [{file: block.file, text: block.text}];
    return block.language === 'console' ? shownCommands(block) : [];
  });
}

/** Somebody with a shell, in a folder of their own. */
class Reader {
  readonly #folder = temporaryFolder();
  readonly #shell: ChildProcessWithoutNullStreams;
  /** What the page has, and what is meant by it here. */
  readonly #meanings = new Map<string, string>();
  #sandbox: RunningCli | undefined;

  constructor() {
    const [bin, home] = [path.join(this.#folder, 'bin'), path.join(this.#folder, 'you')];
    for (const folder of [bin, home]) mkdirSync(folder);
    writeProgram(bin);
    this.#meanings.set(readersFolder, home);
    const env = isolated(home);
    const who = {GIT_AUTHOR_NAME: 'you', GIT_AUTHOR_EMAIL: 'you@example.com'};
    const also = {GIT_COMMITTER_NAME: 'you', GIT_COMMITTER_EMAIL: 'you@example.com'};
    this.#shell = spawn('bash', ['--noprofile', '--norc'], {
      cwd: home,
      env: {...env, ...who, ...also, PATH: `${bin}:${env.PATH ?? ''}`},
    });
    // a character may come in two parts
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) stream.setEncoding('utf8');
  }

  async write(file: string, text: string): Promise<void> {
    const {stdout} = await this.#run('pwd');
    writeFiles(stdout.trim(), {[file]: this.#here(text)});
  }

  async type(command: string): Promise<Printed> {
    const printed = command === sandbox ? await this.#openSandbox() : await this.#run(this.#here(command));
    return {stdout: this.#onPage(printed.stdout), stderr: this.#onPage(printed.stderr)};
  }

  async leave(): Promise<void> {
    this.#shell.kill();
    this.#sandbox?.child.kill('SIGINT');
    await this.#sandbox?.result;
    remove(this.#folder);
  }

  async #openSandbox(): Promise<Printed> {
    this.#sandbox = startCli(['sandbox'], {home: this.#folder, timeoutMs: 300_000});
    const stdout = await outputUntil(this.#sandbox.child.stdout, /Ctrl-C ends.*\n$/);
    const hosts = [...new Set(stdout.match(/127\.0\.0\.1:\d+/g))];
    hosts.forEach((host, index) => this.#meanings.set(`127.0.0.1:${40_001 + index}`, host));
    const [folder = ''] = /\S+\/corectl-sandbox-\w+/.exec(stdout.replaceAll('=', ' ')) ?? [];
    this.#meanings.set(sandboxsFolder, folder);
    return {stdout, stderr: ''};
  }

  /** Has the shell do it; a mark on both streams tells that it is through, and `$?` is kept. */
  async #run(command: string): Promise<Printed> {
    const mark = `walked-${Math.random()}`;
    const found = Promise.all([
      outputUntil(this.#shell.stdout, new RegExp(`${mark}\n$`)),
      outputUntil(this.#shell.stderr, new RegExp(`${mark}\n$`)),
    ]);
    const quoted = `'${command.replaceAll("'", `'\\''`)}'`;
    this.#shell.stdin.write(
      `(exit \${code:-0}); eval ${quoted} </dev/null; code=$?; echo ${mark}; echo ${mark} >&2\n`,
    );
    const [stdout, stderr] = await found;
    return {stdout: stdout.replace(`${mark}\n`, ''), stderr: stderr.replace(`${mark}\n`, '')};
  }

  #here(text: string): string {
    return [...this.#meanings].reduce((said, [page, here]) => said.replaceAll(page, here), text);
  }

  #onPage(text: string): string {
    return [...this.#meanings].reduce((said, [page, here]) => said.replaceAll(here, page), text);
  }
}

/** What the stream says up to where it matches. */
function outputUntil(stream: Readable, end: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const ended = () => {
      reject(new Error(`ended before ${String(end)}: ${text}`));
    };
    const keep = (chunk: Buffer | string) => {
      text += chunk.toString();
      if (!end.test(text)) return;
      stream.off('data', keep).off('close', ended);
      resolve(text);
    };
    stream.on('data', keep).once('close', ended);
  });
}
