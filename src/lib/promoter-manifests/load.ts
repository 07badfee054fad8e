import {realpathSync, statSync} from 'node:fs';
import path from 'node:path';
import {readInside} from '../environments/reading/files.ts';
import type {Problem} from '../environments/model.ts';
import {wholeFile} from '../environments/reading/read-file.ts';
import type {PromoterManifest} from './manifest.ts';
import {parseImages, parsePlain, parseRegistries, type ParsedImages, type ParsedRegistries} from './parse.ts';
import {projectsIn, type Project} from './thin-tree.ts';

/** Where manifests are. */
export type ManifestSource =
  | {readonly kind: 'plain'; readonly files: readonly string[]}
  | {readonly kind: 'thin'; readonly folder: string};

export interface LoadedManifests {
  /** Those without any problem. */
  readonly manifests: readonly PromoterManifest[];
  readonly problems: readonly Problem[];
}

/** What was read of a tree, and what belongs to none of its projects. */
export interface LoadedTree extends LoadedManifests {
  readonly strays: readonly Problem[];
}

/** Gives a file's text, or as words for a message what is there instead. */
export type ReadText = (file: string) => {readonly content: string} | {readonly instead: string};

/**
 * Reads plain manifests, or a folder of thin ones. All that is wrong with all of the files is in the result, told by the
 * files' names as `named` gives them.
 */
export function loadManifests(source: ManifestSource, named: (file: string) => string): LoadedTree {
  if (source.kind === 'plain') {
    const loaded = source.files.map((file) => plainManifest(named(file), () => readFileNamed(file)));
    return {...joined(loaded), strays: []};
  }
  if (!isFolder(source.folder))
    return {manifests: [], problems: [wholeFile(named(source.folder), notFolder)], strays: []};
  const {projects, ...tree} = projectsIn(source.folder);
  const located = (problem: Problem) => ({...problem, file: named(path.join(source.folder, problem.file))});
  const read: ReadText = (file) => found(readInside(source.folder, file, sizeLimit));
  const loaded = projects.map((project) =>
    thinManifest(project, read, (file) => named(path.join(source.folder, file))),
  );
  const all = joined(loaded);
  return {
    manifests: all.manifests,
    problems: [...tree.problems.map(located), ...all.problems],
    strays: tree.strays.map(located),
  };
}

const notFolder = 'expected a folder of thin manifests, found none';

function isFolder(folder: string): boolean {
  try {
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/** One plain manifest. */
export function plainManifest(file: string, read: ReadText): LoadedManifests {
  const parsed: ParsedRegistries & ParsedImages = parsedAs(read(file), file, parsePlain, {images: []});
  return whole({label: file, file, imagesFile: file}, parsed, parsed);
}

/** The two halves of one thin manifest. */
export function thinManifest(
  project: Project,
  read: ReadText,
  named: (file: string) => string,
): LoadedManifests {
  const [file, imagesFile] = [named(project.manifest), named(project.images)];
  const registries = parsedAs<ParsedRegistries>(read(project.manifest), file, parseRegistries, {});
  const images = parsedAs<ParsedImages>(read(project.images), imagesFile, parseImages, {images: []});
  return whole({label: project.name, file, imagesFile}, registries, images);
}

/** Bytes of a file: ten times what thirty thousand digests take. */
export const sizeLimit = 32 * 1024 * 1024;

function parsedAs<Parsed extends {readonly problems: readonly Problem[]}>(
  text: ReturnType<ReadText>,
  file: string,
  parse: (text: string, file: string) => Parsed,
  nothing: Omit<Parsed, 'problems'>,
): Parsed {
  if ('content' in text) return parse(text.content, file);
  const problems = [wholeFile(file, `expected a YAML file, found ${text.instead}`)];
  return {...nothing, problems} as unknown as Parsed;
}

function whole(
  names: Pick<PromoterManifest, 'label' | 'file' | 'imagesFile'>,
  {registries, problems}: ParsedRegistries,
  {images, problems: inImages}: ParsedImages,
): LoadedManifests {
  const all = problems === inImages ? problems : [...problems, ...inImages];
  const sound = registries !== undefined && all.length === 0;
  return {manifests: sound ? [{...names, ...registries, images}] : [], problems: all};
}

function joined(loaded: readonly LoadedManifests[]): LoadedManifests {
  return {
    manifests: loaded.flatMap(({manifests}) => manifests),
    problems: loaded.flatMap(({problems}) => problems),
  };
}

/** A file that the user named may be a link. */
function readFileNamed(file: string): ReturnType<ReadText> {
  try {
    const real = realpathSync(file);
    return found(readInside(path.dirname(real), path.basename(real), sizeLimit));
  } catch {
    return {instead: 'nothing'};
  }
}

function found(text: ReturnType<typeof readInside>): ReturnType<ReadText> {
  return text === 'missing' ? {instead: 'nothing'} : text;
}
