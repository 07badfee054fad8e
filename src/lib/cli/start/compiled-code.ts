import {readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {Script} from 'node:vm';
import {forgetOldest} from '../../forget-oldest.ts';
import {tunedFlags} from '../output/tuned-flags.ts';

/** What V8 compiled at an earlier start, and how many bytes of it were in the whole process. */
interface Kept {
  readonly data: Buffer;
  readonly compiled: number;
}

interface Loaded {
  readonly script: Script;
  /** The file that its compiled code is kept in. */
  readonly place: string;
  readonly kept: Kept | undefined;
}

type Factory = (
  ...parts: readonly [exports: object, require: unknown, module: object, file: string, folder: string]
) => void;

/** Bytes compiled beyond those of the run that was kept which make it worth keeping anew: what equal runs differ by is a fifth of it. */
const worthKeeping = 32 * 1024;

/** Files that stay in the folder, one a command and library: those of two versions of corectl or of Node. They have some 1.5 MB. */
const filesKept = 64;

/** Bytes before V8's own: how many were compiled in the whole process, as a number of 64 bits. */
const headerBytes = 8;

/**
 * Loads the bundle's CommonJS files, with the code that V8 compiled when `command` ran before where that was kept in
 * `folder`, and keeps it there at the end of this run. Without a folder each start compiles anew. V8 itself refuses what
 * another version of it, or one with other flags, compiled; the names of the files hold the digest of the source.
 */
export class CompiledCode {
  readonly #folder: string | undefined;
  readonly #command: string;
  readonly #loaded: Loaded[] = [];

  constructor(folder: string | undefined, command: string) {
    this.#folder = folder;
    this.#command = command;
    if (folder !== undefined) {
      process.once('exit', () => {
        keepAll(this.#loaded, folder);
      });
    }
  }

  /** The exports of a file, which may require others by a path relative to it. */
  load(file: string): object {
    const folder = path.dirname(file);
    const module = {exports: {}};
    const requireFrom = createRequire(file);
    const require = (id: string): unknown =>
      id.startsWith('./') ? this.load(path.join(folder, id)) : requireFrom(id);
    const factory = this.#compile(file).runInThisContext() as Factory;
    factory(module.exports, Object.assign(require, requireFrom), module, file, folder);
    return module.exports;
  }

  #compile(file: string): Script {
    // the bundler writes ASCII alone
    const source = readFileSync(file, 'latin1');
    const text = `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
    const place = this.#placeOf(file, source);
    const kept = place === undefined ? undefined : readKept(place);
    const script = new Script(text, {filename: file, cachedData: kept?.data});
    if (place !== undefined)
      this.#loaded.push({script, place, kept: script.cachedDataRejected === true ? undefined : kept});
    return script;
  }

  /** Undefined where the bundler did not write a digest before the source. */
  #placeOf(file: string, source: string): string | undefined {
    const digest = /^\/\*([0-9a-f]{16})\*\//.exec(source)?.[1];
    if (this.#folder === undefined || digest === undefined) return undefined;
    const name = path.basename(file, '.cjs');
    const parts = [name === 'cli' ? this.#command : name, digest, process.version, process.arch];
    return path.join(this.#folder, parts.join('-'));
  }
}

function readKept(place: string): Kept | undefined {
  try {
    const bytes = readFileSync(place);
    // V8 looks at length and source alone, and crashes on what a disk has damaged: at this start and each one after. Its
    // bytes stand there twice, as loading Node's checksums takes ten times as long as comparing them
    const end = (headerBytes + bytes.length) / 2;
    const [data, again] = [bytes.subarray(headerBytes, end), bytes.subarray(end)];
    return data.equals(again) ? {compiled: bytes.readDoubleLE(), data} : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what was compiled where that is new, or much more than was kept. A folder that cannot be written to is no failure. */
function keepAll(loaded: readonly Loaded[], folder: string): void {
  // its import takes a millisecond or two, which the first output need not wait for
  const {getHeapCodeStatistics, setFlagsFromString} = process.getBuiltinModule('node:v8');
  const compiled = getHeapCodeStatistics().bytecode_and_metadata_size;
  const worth = loaded.filter(({kept}) => kept === undefined || compiled > kept.compiled + worthKeeping);
  if (worth.length === 0) return;
  // V8 refuses at the next start what was compiled under other flags
  for (const {untuned} of tunedFlags) setFlagsFromString(untuned);
  try {
    for (const {script, place} of worth) write(place, compiled, script.createCachedData());
    forgetOldest(folder, /-[0-9a-f]{16}-v/, filesKept);
  } catch {
    // each start compiles anew then
  }
}

function write(place: string, compiled: number, data: Buffer): void {
  const header = Buffer.alloc(headerBytes);
  header.writeDoubleLE(compiled);
  const temporary = `${place}.${process.pid}`;
  try {
    writeFileSync(temporary, Buffer.concat([header, data, data]), {mode: 0o600, flag: 'wx'});
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, {force: true});
    throw error;
  }
}
