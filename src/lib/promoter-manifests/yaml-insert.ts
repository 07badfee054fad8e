import {isMap, isScalar, isSeq, parseDocument} from 'yaml';
import type {Pair, YAMLMap, YAMLSeq} from 'yaml';

/** What a list of images is to have: a digest of an image, with tags that it does not have yet. */
export interface Addition {
  readonly name: string;
  readonly digest: string;
  readonly tags: readonly string[];
}

/**
 * The text with the addition put in where it belongs: every other character stays as it was. Undefined where the list is in
 * a notation that cannot be added to in place (aliases).
 */
export function insertImage(text: string, where: 'file' | 'images', addition: Addition): string | undefined {
  const document = parseDocument(text, {schema: 'failsafe', prettyErrors: false, logLevel: 'silent'});
  const root = document.contents;
  const list = where === 'file' ? root : isMap(root) ? root.get('images') : undefined;
  if (where === 'file' && (root === null || isEmpty(root)))
    return afterLine(text, text.length, entryLines(addition, ''));
  if (!isSeq(list)) return undefined;
  const images = mapsIn(list.items).filter((item) => textOf(item.get('name', true)) === addition.name);
  const dmaps = mapsIn(images.map((image) => image.get('dmap')));
  const holding = dmaps.find((dmap) => pairOf(dmap, addition.digest) !== undefined);
  if (holding !== undefined) return insertTags(text, pairOf(holding, addition.digest)?.value, addition.tags);
  const last = dmaps.at(-1);
  if (images.length > 0) return last && insertDigest(text, last, addition);
  return insertEntry(text, list, addition);
}

const mapsIn = (nodes: readonly unknown[]): YAMLMap[] => nodes.filter((node): node is YAMLMap => isMap(node));

/** A comment alone is read as nothing. */
const isEmpty = (node: unknown): boolean =>
  isScalar(node) && (node.value === null || node.value === '') && node.source === '';

const textOf = (node: unknown): string | undefined => (isScalar(node) ? String(node.value) : undefined);

const pairOf = (map: YAMLMap, key: string): Pair | undefined =>
  map.items.find((pair) => textOf(pair.key) === key);

function insertTags(text: string, list: unknown, tags: readonly string[]): string | undefined {
  if (!isSeq(list)) return undefined;
  if (tags.length === 0) return text;
  if (list.flow === true) return intoFlow(text, list, tags.map(quoted).join(', '));
  const last = list.items.at(-1);
  const dash = text.lastIndexOf('-', startOf(last) - 1);
  const pad = ' '.repeat(columnOf(text, dash));
  return afterLine(text, endOf(last), tags.map((tag) => `${pad}- ${quoted(tag)}\n`).join(''));
}

function insertDigest(text: string, dmap: YAMLMap, {digest, tags}: Addition): string {
  if (dmap.flow === true) return intoFlow(text, dmap, `${quoted(digest)}: ${flowList(tags)}`);
  const last = dmap.items.at(-1);
  const key = isScalar(last?.key) && last.key.type === 'PLAIN' ? digest : quoted(digest);
  const pad = ' '.repeat(columnOf(text, startOf(last?.key)));
  return afterLine(text, endOf(last?.value), `${pad}${key}: ${flowList(tags)}\n`);
}

/** At its place where the names are sorted, else at the end. */
function insertEntry(text: string, list: YAMLSeq, addition: Addition): string {
  if (list.flow === true || list.items.length === 0) {
    const {name, digest, tags} = addition;
    return intoFlow(text, list, `{name: ${name}, dmap: {${quoted(digest)}: ${flowList(tags)}}}`);
  }
  const names = list.items.map((item) => (isMap(item) ? (textOf(item.get('name', true)) ?? '') : ''));
  const sorted = names.every((name, at) => at === 0 || (names[at - 1] ?? '') <= name);
  const next = sorted ? names.findIndex((name) => name > addition.name) : -1;
  const dash = text.lastIndexOf('-', startOf(list.items[0]) - 1);
  const lines = entryLines(addition, ' '.repeat(columnOf(text, dash)));
  if (next === 0) {
    const line = dash - columnOf(text, dash);
    return text.slice(0, line) + lines + text.slice(line);
  }
  // behind the entry before it: the comments above the next one belong to that
  return afterLine(text, endOf(list.items[next < 0 ? list.items.length - 1 : next - 1]), lines);
}

const entryLines = ({name, digest, tags}: Addition, pad: string): string =>
  `${pad}- name: ${name}\n${pad}  dmap:\n${pad}    ${quoted(digest)}: ${flowList(tags)}\n`;

/** In front of the closing bracket. */
function intoFlow(text: string, node: YAMLSeq | YAMLMap, addition: string): string {
  const end = (node.range?.[1] ?? 0) - 1;
  const before = text.slice(0, end).trimEnd();
  const separator = node.items.length === 0 ? '' : before.endsWith(',') ? ' ' : ', ';
  return before + separator + addition + text.slice(before.length).replace(/^\s*(?=[\]}])/, '');
}

/** Behind the line that an offset is in, comments at its end included. */
function afterLine(text: string, offset: number, lines: string): string {
  const newline = text.indexOf('\n', offset);
  if (newline >= 0) return text.slice(0, newline + 1) + lines + text.slice(newline + 1);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${lines}`;
}

function startOf(node: unknown): number {
  return (node as {range?: readonly number[] | null} | null | undefined)?.range?.[0] ?? 0;
}

/** Where the last thing inside a node ends: a block's own range goes on over the blank lines and comments behind it. */
function endOf(node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return endOf(last?.value ?? last?.key);
  }
  if (isSeq(node) && node.flow !== true) return endOf(node.items.at(-1));
  return (node as {range?: readonly number[] | null} | null | undefined)?.range?.[1] ?? 0;
}

const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);

const quoted = (text: string): string => `"${text}"`;
const flowList = (tags: readonly string[]): string => `[${tags.map(quoted).join(', ')}]`;
