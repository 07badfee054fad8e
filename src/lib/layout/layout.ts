import {access, constants, mkdir, readdir, realpath, stat} from 'node:fs/promises';
import path from 'node:path';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import {repositoryKey, type LayoutDirectory} from '../oci/reference.ts';
import {ociError} from '../oci-error.ts';
import {isBelow} from '../is-below.ts';
import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import {makeFolder} from '../make-folder.ts';
import {codeOf, orNone} from '../system-error.ts';
import {blobs, isSound, readUpTo} from './content.ts';
import {fileError} from './file-error.ts';
import {emptyIndex, formatIndex, parseIndex, type IndexFile} from './index-file.ts';
import {openInside} from './inside.ts';
import {removeLeftovers, replaceFile, syncFolder} from '../replace-file.ts';

const indexName = 'index.json';
/** The file that makes a folder a layout. */
export const versionName = 'oci-layout';
/** Bytes of index.json: as much as of a page of a registry's list of tags, some hundred thousand entries. */
const indexLimit = 64 * 1024 * 1024;
/** Bytes of oci-layout, which has one short line. */
const versionLimit = 64 * 1024;

export interface LayoutOptions {
  /** Folders that hold no layouts: corectl's own, whatever an environments repository names. */
  readonly keepOut?: readonly string[];
  /** Folders that it has to be in, also by way of symbolic links; any without it, as the user named the layout. */
  readonly within?: readonly string[] | undefined;
}

/** Gives what is to be listed for what is listed now: the same one where nothing is to change. */
type Change = (index: IndexFile) => IndexFile;

/**
 * One directory in the OCI image layout (image-spec, image-layout.md), for all who read and write it in a run. Content is
 * written by its digest first and index.json last, each in one step and under a lock that other processes honour.
 */
export class Layout {
  /** `oci:PATH` */
  readonly name: string;
  /** The repository's own name, which full references in index.json have to end in. */
  readonly repository: string;
  readonly #place: LayoutDirectory;
  readonly #keepOut: readonly string[];
  readonly #within: readonly string[] | undefined;
  #index: {readonly version: string; readonly index: IndexFile} | undefined;
  readonly #subjects = new Map<Digest, Promise<Digest | undefined>>();
  readonly #sound = new Set<Digest>();
  #created: Promise<string> | undefined;
  #updated: Promise<unknown> = Promise.resolve();

  constructor(place: LayoutDirectory, {keepOut = [], within}: LayoutOptions = {}) {
    this.#place = place;
    this.#keepOut = keepOut;
    this.#within = within;
    this.name = repositoryKey(place);
    this.repository = path.basename(place.directory);
  }

  /**
   * Where it is, without symbolic links; undefined where nothing is there yet. Raises `denied` for corectl's own folders, and
   * for a path that links lead out of those that it has to be in.
   */
  async root(): Promise<string | undefined> {
    return this.#told('reading', async () => {
      await this.#refuseElsewhere();
      return orNone(realpath(this.#place.directory));
    });
  }

  /** The same, for content that is to be there. Raises `not-found`. */
  async rootOf(digest: Digest): Promise<string> {
    const root = await this.root();
    if (root === undefined)
      throw ociError('not-found', `${this.name}: ${digest} is not there: no such folder`);
    return root;
  }

  /** What it lists; undefined where there is no layout. Raises `invalid-layout` for a damaged one. */
  async index(): Promise<IndexFile | undefined> {
    const root = await this.root();
    if (root === undefined) return undefined;
    return this.#told('reading', () => this.#read(root));
  }

  /**
   * Changes what it lists, under the lock: `change` is given what is listed at that moment, and gives the same one where
   * nothing is to be written. Says whether it was; what `change` raises leaves all as it was.
   */
  update(change: Change, signal?: AbortSignal): Promise<boolean> {
    const update = this.#updated.then(() => this.#told('writing', () => this.#update(change, signal)));
    this.#updated = update.catch(() => undefined);
    return update;
  }

  /** The folder to write to, which is a layout from then on; what killed runs have left there is removed. */
  created(signal?: AbortSignal): Promise<string> {
    const created = (this.#created ??= this.#told('writing', () => this.#create(signal)));
    created.catch(() => (this.#created = undefined));
    return created;
  }

  /** Whether it holds the content, unharmed: each piece is read once a run. */
  async holds(node: Descriptor): Promise<boolean> {
    if (this.#sound.has(node.digest)) return true;
    const root = await this.root();
    if (root === undefined) return false;
    const sound = await this.#told('reading', () => isSound(root, node));
    if (sound) this.#sound.add(node.digest);
    return sound;
  }

  /** Remembers that content was written or found to be there unharmed. */
  trust(digest: Digest): void {
    this.#sound.add(digest);
  }

  /** What a listed manifest refers to, by `read` the first time. */
  subjectOf(digest: Digest, read: () => Promise<Digest | undefined>): Promise<Digest | undefined> {
    let subject = this.#subjects.get(digest);
    if (subject === undefined) {
      subject = read();
      this.#subjects.set(digest, subject);
      subject.catch(() => this.#subjects.delete(digest));
    }
    return subject;
  }

  /** Raises `denied` where it may not be read, as far as permissions tell. */
  async checkReadable(): Promise<void> {
    const root = await this.root();
    if (root !== undefined) await this.#told('reading', () => access(root, constants.R_OK | constants.X_OK));
  }

  /** Raises `denied` where it may not be written, and `not-found` where the folder that it is to be below is missing. */
  async checkWritable(): Promise<void> {
    const root = await this.root();
    await this.#told('writing', async () => {
      await this.#refuseAbsent();
      const there = root ?? (await nearestThere(this.#place.directory));
      for (const folder of [there, path.join(there, blobs), path.join(there, blobs, 'sha256')])
        await orNone(access(folder, constants.W_OK | constants.X_OK));
    });
  }

  async #read(root: string): Promise<IndexFile | undefined> {
    const handle = await openInside(root, indexName);
    if (handle === undefined) return undefined;
    try {
      const {ino, size, mtimeNs} = await handle.stat({bigint: true});
      const version = `${ino} ${size} ${mtimeNs}`;
      if (this.#index?.version === version) return this.#index.index;
      const isMarked = await this.#isMarked(root);
      const bytes = await readUpTo(handle, indexLimit);
      if (bytes === undefined)
        throw ociError('invalid-layout', `${this.name}: index.json is larger than ${indexLimit} bytes`);
      const index = parseIndex(bytes, this.name);
      if (!isMarked && index.entries.length > 0) throw this.#unmarked(root);
      this.#index = {version, index};
      return index;
    } finally {
      await handle.close();
    }
  }

  /** Whether the file is there that makes a folder a layout, of the version that is known. */
  async #isMarked(root: string): Promise<boolean> {
    const handle = await openInside(root, versionName);
    // one that was begun by a run that was killed lists nothing
    if (handle === undefined) return false;
    try {
      const bytes = await readUpTo(handle, versionLimit);
      const document = bytes && parseJson(bytes);
      if (isRecord(document) && document.imageLayoutVersion === '1.0.0') return true;
    } finally {
      await handle.close();
    }
    throw ociError('invalid-layout', `${this.name}: oci-layout does not say "imageLayoutVersion": "1.0.0"`, {
      suggestions: ['copy the layout anew from where it was made'],
    });
  }

  /** Other tools take it for no layout: an image in it has not arrived. */
  #unmarked(root: string): Error {
    return ociError('invalid-layout', `${this.name}: there is no file oci-layout beside index.json`, {
      suggestions: [
        'copy the layout anew from where it was made',
        `where nothing else is missing, add the file: echo '{"imageLayoutVersion":"1.0.0"}' > ${path.join(root, versionName)}`,
      ],
    });
  }

  async #update(change: Change, signal?: AbortSignal): Promise<boolean> {
    const root = await this.created(signal);
    const {locked} = await import('./lock.ts');
    return locked(
      root,
      async (held) => {
        const before = (await this.#read(root)) ?? emptyIndex;
        const after = change(before);
        if (after === before) return false;
        // the content is on the disk under its names before anything lists it
        for (const folder of await contentFolders(root)) await syncFolder(folder);
        await replaceFile(path.join(root, indexName), (handle) => handle.writeFile(formatIndex(after)), held);
        await syncFolder(root);
        return true;
      },
      signal,
    );
  }

  async #create(signal?: AbortSignal): Promise<string> {
    await this.#refuseElsewhere();
    await this.#refuseAbsent();
    await makeFolder(this.#place.directory);
    const root = await realpath(this.#place.directory);
    const {locked, lockName} = await import('./lock.ts');
    await locked(
      root,
      async (held) => {
        const now = (await stat(path.join(root, lockName))).mtimeMs;
        for (const folder of [root, ...(await contentFolders(root))]) await removeLeftovers(folder, now);
        await this.#makeLayout(root, held);
      },
      signal,
    );
    return root;
  }

  /** Writes what makes the folder a layout, as far as it is not there. */
  async #makeLayout(root: string, held: () => void): Promise<void> {
    await mkdir(path.join(root, blobs, 'sha256'), {recursive: true});
    if ((await this.#read(root)) === undefined)
      await replaceFile(path.join(root, indexName), (one) => one.writeFile(formatIndex(emptyIndex)), held);
    // the version last: without it nobody takes the folder for a layout
    const version = await openInside(root, versionName);
    await version?.close();
    if (version === undefined)
      await replaceFile(
        path.join(root, versionName),
        (one) => one.writeFile(JSON.stringify({imageLayoutVersion: '1.0.0'})),
        held,
      );
    await syncFolder(root);
  }

  /** A disk that is not mounted is no empty disk. */
  async #refuseAbsent(): Promise<void> {
    const {below} = this.#place;
    if (below === undefined || (await orNone(stat(below)))?.isDirectory() === true) return;
    throw ociError('file-error', `${this.name}: there is no folder ${below}`, {
      suggestions: [
        `mount the disk, or make the folder: mkdir -p ${below}; corectl makes those for stages and images only`,
      ],
    });
  }

  async #refuseElsewhere(): Promise<void> {
    if (this.#keepOut.length === 0 && this.#within === undefined) return;
    const there = await resolved(this.#place.directory);
    await this.#refuseOutside(there);
    for (const folder of this.#keepOut) {
      const own = await resolved(folder);
      if (there === own || isBelow(there, own))
        throw ociError('denied', `${this.name} is inside of corectl's own folder ${folder}`, {
          suggestions: ['keep layouts elsewhere: registry.url in the environments repository says where'],
        });
    }
  }

  async #refuseOutside(there: string): Promise<void> {
    if (this.#within === undefined) return;
    const folders = await Promise.all(this.#within.map(resolved));
    if (folders.some((folder) => there === folder || isBelow(there, folder))) return;
    throw ociError(
      'denied',
      `${this.name} leads by a symbolic link to ${there}, out of the folders that you allow`,
      {
        suggestions: [
          `remove the link, or allow the folder that it leads to, if it is yours: --trust-folder ${there}`,
        ],
      },
    );
  }

  async #told<T>(doing: 'reading' | 'writing', task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw fileError(error, `${doing} ${this.name}`);
    }
  }
}

/** `blobs/sha256` and its siblings, as far as they are there. */
async function contentFolders(root: string): Promise<string[]> {
  const folder = path.join(root, blobs);
  const entries = (await orNone(readdir(folder, {withFileTypes: true}))) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({name}) => path.join(folder, name));
}

/** A path without symbolic links, whether or not all of it is there. */
async function resolved(file: string): Promise<string> {
  const there = await nearestThere(file);
  return path.join(await realpath(there), path.relative(there, file));
}

/** The path itself, or the nearest folder above it that is there. */
async function nearestThere(file: string): Promise<string> {
  for (let folder = file; ; folder = path.dirname(folder)) {
    try {
      await access(folder, constants.F_OK);
      return folder;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || folder === path.dirname(folder)) throw error;
    }
  }
}
