import type {Problem} from '../environments/model.ts';
import {parseYaml, type YamlFile, type YamlValue} from '../environments/reading/yaml.ts';
import {partsOf} from './entries.ts';
import {Findings} from './findings.ts';
import type {PromotedImage} from './manifest.ts';
import {quickEntry} from './quick-entry.ts';
import {readImage} from './read-images.ts';
import {readRegistries, type NamedRegistries} from './read-registries.ts';

export interface ParsedImages {
  readonly images: readonly PromotedImage[];
  readonly problems: readonly Problem[];
}

export interface ParsedRegistries {
  readonly registries?: NamedRegistries | undefined;
  readonly problems: readonly Problem[];
}

// a list in one piece: some ten nodes an entry
const nodes = 2_000_000;

/** Reads `images.yaml`, the list of images of a thin manifest. A file of comments alone lists none. */
export function parseImages(text: string, file: string): ParsedImages {
  const parts = partsOf(text, 'file');
  if (parts !== undefined) return inParts(parts.entries, file);
  const whole = parseYaml(text, file, {nodes});
  return inOne(whole, []);
}

/** Reads `promoter-manifest.yaml`, the registries of a thin manifest. */
export function parseRegistries(text: string, file: string): ParsedRegistries {
  const yaml = parseYaml(text, file);
  const findings = new Findings(yaml);
  if (yaml.value === undefined) return findings;
  const top = findings.mapping([], ['registries', 'imagesPath']);
  // the image promoter of Kubernetes takes it and goes by the tree's layout, as we do
  if (top?.imagesPath !== undefined) findings.text(['imagesPath'], () => true, 'a path');
  const registries = top && readRegistries(yaml, ['registries'], findings);
  return {registries, problems: findings.problems};
}

/** Reads a plain manifest: registries and images in one file. */
export function parsePlain(text: string, file: string): ParsedRegistries & ParsedImages {
  const parts = partsOf(text, 'images');
  const yaml = parseYaml(parts?.rest ?? text, file, {nodes});
  const findings = new Findings(yaml);
  if (yaml.value === undefined) return {images: [], problems: findings.problems};
  const top = findings.mapping([], ['registries', 'images']);
  const registries = top && readRegistries(yaml, ['registries'], findings);
  const read =
    parts !== undefined
      ? inParts(parts.entries, file)
      : top === undefined
        ? {images: [], problems: []}
        : inOne({...yaml, problems: []}, ['images']);
  return {registries, images: read.images, problems: [...findings.problems, ...read.problems]};
}

function inParts(entries: readonly {text: string; firstLine: number}[], file: string): ParsedImages {
  const images: PromotedImage[] = [];
  const problems: Problem[] = [];
  for (const {text, firstLine} of entries) {
    const quick = quickEntry({text, firstLine});
    if (quick !== undefined) {
      images.push(quick);
      continue;
    }
    const yaml = parseYaml(text, file, {firstLine});
    const findings = new Findings(yaml);
    const image = yaml.value === undefined ? undefined : readImage(yaml, [0], findings);
    if (image !== undefined) images.push(image);
    for (const problem of findings.problems) problems.push(withinEntry(problem));
  }
  return {images, problems};
}

function inOne(yaml: YamlFile, at: readonly string[]): ParsedImages {
  const findings = new Findings(yaml);
  if (yaml.value === undefined) return {images: [], problems: findings.problems};
  const listed: YamlValue[] = findings.list(at, 'a list of images, each with name and dmap') ?? [];
  const images = listed.map((_, index) => readImage(yaml, [...at, index], findings));
  return {
    images: images.filter((image) => image !== undefined),
    problems: findings.problems.map(withinEntry),
  };
}

/** The line tells which entry it is; its number would differ with how the file is read. */
function withinEntry(problem: Problem): Problem {
  return {...problem, key: problem.key.replace(/^(?:images)?\[\d+\]\.?/, '')};
}
