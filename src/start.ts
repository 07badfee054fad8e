// The entry of the corectl that Node runs. It is a file of its own, small and CommonJS, so that the rest comes compiled from
// an earlier start where it can.
import {readFileSync, writeSync} from 'node:fs';
import path from 'node:path';
import {CompiledCode} from './lib/cli/start/compiled-code.ts';
import {compiledCodeFolder} from './lib/cli/start/compiled-code-folder.ts';
import {commandIn} from './lib/cli/start/command-in.ts';
import type {Entry, run as runCommand} from './cli.ts';

/** The folder of the package: its bundle is in dist/. */
const root = path.dirname(__dirname);

const readJson = (name: string): unknown => JSON.parse(readFileSync(path.join(root, name), 'utf8'));

const [first, ...rest] = process.argv.slice(2);
if ((first === '--version' || first === '-v' || first === 'version') && rest.length === 0) {
  writeVersion(readJson('dist/release.json') as Release);
} else {
  const pjson = readJson('package.json') as Package;
  const command = commandIn(process.argv.slice(2), Object.keys(pjson.oclif.topics));
  const code = new CompiledCode(compiledCodeFolder(process.env), command);
  const {run} = code.load(path.join(__dirname, 'cli.cjs')) as {run: typeof runCommand};
  void run({root, pjson});
}

/** What is read of package.json here, and what oclif reads of it. */
type Package = Entry['pjson'] & {readonly oclif: {readonly topics: Readonly<Record<string, unknown>>}};

interface Release {
  readonly version: string;
  readonly commit: string | null;
}

/** Scripts ask for it often: it is answered before anything else is loaded. */
function writeVersion({version, commit}: Release): void {
  const from = commit === null ? '' : `commit-${commit.slice(0, 12)} `;
  try {
    writeSync(1, `corectl/${version} ${from}${process.platform}-${process.arch} node-${process.version}\n`);
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    // a reader that went away is nobody's fault
    if (code === 'EPIPE') return;
    process.exitCode = 1;
    process.stderr.write(`error[output]: cannot write to stdout: ${message}\n`);
  }
}
