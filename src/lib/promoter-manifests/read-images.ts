import type {Position, YamlFile, YamlPath} from '../environments/reading/yaml.ts';
import {valueAt} from '../environments/reading/shape.ts';
import {isDigest} from '../oci/digest.ts';
import {printable} from '../printable.ts';
import {isRepositoryPath, isTag} from '../oci/reference.ts';
import {isMapping, type Findings} from './findings.ts';
import type {PromotedDigest, PromotedImage, PromotedTag} from './manifest.ts';

/** One entry of a list of images: `name` and `dmap`, digests with their tags. What is wrong with it goes to the findings. */
export function readImage(file: YamlFile, at: YamlPath, findings: Findings): PromotedImage | undefined {
  const before = findings.problems.length;
  const entry = findings.mapping(at, ['name', 'dmap']);
  if (entry === undefined) return undefined;
  const name = findings.text(
    [...at, 'name'],
    isRepositoryPath,
    'the name of an image, in lower case and without a registry',
  );
  const digests = readDigests(file, [...at, 'dmap'], findings);
  if (name === undefined || findings.problems.length > before) return undefined;
  return {name, digests, ...positionOf(file, [...at, 'name'])};
}

function readDigests(file: YamlFile, at: YamlPath, findings: Findings): PromotedDigest[] {
  const value = valueAt(file.value, at);
  if (!isMapping(value) || Object.keys(value).length === 0) {
    findings.expected(at, 'at least one digest with its tags');
    return [];
  }
  return Object.keys(value).flatMap((digest) => {
    const here = [...at, digest];
    const tags = readTags(file, here, findings);
    if (isDigest(digest)) return {digest, tags, ...positionOf(file, here)};
    const found = JSON.stringify(printable(digest, 90));
    findings.note(here, `expected sha256: and 64 hexadecimal digits in lower case, found ${found}`);
    return [];
  });
}

function readTags(file: YamlFile, at: YamlPath, findings: Findings): PromotedTag[] {
  const listed = findings.list(at, 'a list of tags, or [] for none') ?? [];
  const seen = new Set<string>();
  return listed.flatMap((_, index) => {
    const here = [...at, index];
    const tag = findings.text(
      here,
      isTag,
      'a tag of up to 128 letters, digits, dots, dashes and underscores',
    );
    if (tag === undefined || !isTag(tag) || seen.has(tag)) return [];
    seen.add(tag);
    return {tag, ...positionOf(file, here)};
  });
}

function positionOf(file: YamlFile, path: YamlPath): Position {
  const {line, column} = file.origin(path);
  return {line, column};
}
