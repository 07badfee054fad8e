import {isDigest} from '../oci/digest.ts';
import {isRepositoryPath, isTag} from '../oci/reference.ts';
import type {Part} from './entries.ts';
import type {PromotedDigest, PromotedImage, PromotedTag} from './manifest.ts';

// what snapshots print, and most people write
const nameLine = /^- name: ("?)([a-z0-9][a-z0-9._/-]*)\1$/;
const digestLine = /^ +("?)(sha(?:256|512):[0-9a-f]+)\1: \[(.*)\]$/;
const tagList = /^(?:"[\w.-]+"(?:, "[\w.-]+")*)?$/;

/**
 * An entry in the usual notation, read line by line: a tenth of the time that YAML as a whole takes, which tells for ten
 * thousand of them. Undefined for any other notation, and for whatever is wrong: YAML's reader tells that.
 */
export function quickEntry({text, firstLine}: Part): PromotedImage | undefined {
  const [first = '', second, ...rest] = text.trimEnd().split('\n');
  const name = nameLine.exec(first)?.[2];
  if (name === undefined || second !== '  dmap:' || rest.length === 0 || !isRepositoryPath(name))
    return undefined;
  if (first === '- name: null') return undefined;
  const digests = new Map<string, PromotedDigest>();
  const indent = /^ */.exec(rest[0] ?? '')?.[0].length ?? 0;
  for (const [index, line] of rest.entries()) {
    const found = quickDigest(line, firstLine + 2 + index);
    if (found?.column !== indent + 1 || indent < 3 || digests.has(found.digest)) return undefined;
    digests.set(found.digest, found);
  }
  return {name, digests: [...digests.values()], line: firstLine, column: 3};
}

function quickDigest(line: string, number: number): PromotedDigest | undefined {
  const [, quote = '', digest, list = ''] = digestLine.exec(line) ?? [];
  if (!isDigest(digest) || !tagList.test(list)) return undefined;
  const column = line.indexOf(quote === '' ? digest : quote) + 1;
  const tags = quickTags(list, {line: number, column: line.length - list.length});
  return tags && {digest, tags, line: number, column};
}

function quickTags(list: string, start: {line: number; column: number}): PromotedTag[] | undefined {
  const tags: PromotedTag[] = [];
  let {column} = start;
  for (const part of list === '' ? [] : list.split(', ')) {
    const tag = part.slice(1, -1);
    if (!isTag(tag) || tags.some((one) => one.tag === tag)) return undefined;
    tags.push({tag, line: start.line, column});
    column += part.length + 2;
  }
  return tags;
}
