import {Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser, stringify} from 'yaml';
import type {Alias, CST, Pair, YAMLMap} from 'yaml';
import {printable} from '../../printable.ts';
import type {Origin, Problem} from '../model.ts';

/** Every scalar is its literal text: `1.10` stays `1.10`. Mappings have no prototype. */
export type YamlValue = string | YamlValue[] | YamlMapping;
export interface YamlMapping {
  [key: string]: YamlValue;
}
export type YamlPath = readonly (string | number)[];

/** Where something stands in its file. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A file's values and where each of them stands. */
export interface YamlFile {
  /** As messages name it. */
  readonly file: string;
  /** Absent where the text could not be read as YAML at all. */
  readonly value?: YamlValue;
  readonly problems: readonly Problem[];
  /** Where the path stands, or the nearest mapping around it when it is not there. */
  origin(path: YamlPath): Origin;
}

// far above any real file, far below what aliases could multiply into
const nodeLimit = 100_000;
const depthLimit = 40;
// as long as YAML 1.2.2 lets a key be that is written before its colon (§7.4.2)
const keyLimit = 1024;

/**
 * Reads one YAML document with positions; all syntax errors, duplicate keys, exploding aliases and every further document
 * become problems. The text begins on line `firstLine` of the file, where it is only a part of it.
 */
export function parseYaml(text: string, file: string, {firstLine = 1, nodes = nodeLimit} = {}): YamlFile {
  const lines = new LineCounter();
  const root: Place = {offset: 0, depth: 0};
  const position = positionIn(lines, firstLine);
  const origin = (path: YamlPath): Origin => originOf(path, {file, position, root});
  const problemAt = (offset: number, key: string, message: string): Problem => ({
    ...position(offset),
    file,
    key,
    message,
  });
  const contents = parseContents(text, lines);
  if (Array.isArray(contents)) {
    return {file, problems: contents.map(({at, message}) => problemAt(at, '', message)), origin};
  }
  const reader = new Reader(nodes, (place, offset, message) =>
    problemAt(offset, formatKey(pathOf(place)), message),
  );
  const value = reader.read(contents.root, root);
  return {file, problems: reader.problems, origin, ...(value !== undefined && {value})};
}

/** `p2p.prod.default-envs[1]`, for messages. */
function formatKey(path: YamlPath): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${printable(part, 80)}`));
  return parts.join('').replace(/^\./, '');
}

/** A value as YAML text whose scalars read back as the same text. */
export function formatYaml(value: unknown): string {
  return stringify(value);
}

interface SyntaxProblem {
  readonly at: number;
  readonly message: string;
}

// duplicate keys are looked for while reading: the library compares every key with every other
const composing = {schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'error'} as const;

function parseContents(text: string, lines: LineCounter): {root: unknown} | SyntaxProblem[] {
  try {
    const tokens = [...new Parser(lines.addNewLine).parse(text)];
    const deep = tooDeep(tokens);
    if (deep !== undefined) {
      return [{at: deep, message: 'expected valid YAML, found nesting that is too deep'}];
    }
    const [document, another] = new Composer(composing).compose(tokens, true, text.length);
    const problems = (document?.errors ?? []).slice(0, 20).map(({pos, message}) => ({
      at: pos[0],
      message: `expected valid YAML, found an error: ${printable(message, 120)}`,
    }));
    if (another !== undefined) {
      problems.push({at: another.range[0], message: 'expected one YAML document, found another one'});
    }
    return problems.length > 0 ? problems : {root: document?.contents};
  } catch {
    return [{at: 0, message: 'expected valid YAML, found what cannot be read'}];
  }
}

/**
 * Where something stands that is in more than so many others. It is looked for before the tokens are composed: that calls
 * itself for each level, and a process whose stack is used up within a regular expression ends at once.
 */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const found = tokens.map((token) => ({token, depth: 0}));
  for (let one = found.pop(); one !== undefined; one = found.pop()) {
    const {token, depth} = one;
    if (depth > depthLimit + 2) return token.offset;
    if (token.type === 'document' && token.value) found.push({token: token.value, depth: depth + 1});
    if (!('items' in token)) continue;
    for (const {key, value} of token.items)
      for (const inner of [key, value]) if (inner) found.push({token: inner, depth: depth + 1});
  }
  return undefined;
}

class TooMuch extends Error {}

/** Where a value begins in the text, and what it is below. Paths as texts would grow with each key times what is below it. */
interface Place {
  readonly offset: number;
  readonly depth: number;
  readonly key?: string | number;
  readonly around?: Place;
  below?: Map<string | number, Place>;
}

type MakeProblem = (place: Place, offset: number, message: string) => Problem;

/** Turns nodes into values, each with its place; aliases are followed within the limits. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #anchors = new Map<string, unknown>();
  readonly #problem: MakeProblem;
  readonly #limit: number;
  /** What is being read, and has an anchor: an alias of it would never end. */
  readonly #open = new Set<unknown>();
  #nodes = 0;

  constructor(limit: number, problem: MakeProblem) {
    this.#limit = limit;
    this.#problem = problem;
  }

  read(root: unknown, place: Place): YamlValue | undefined {
    try {
      return this.#value(root, place);
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
      this.problems.push(this.#problem(place, 0, `expected a plain file, found ${error.message}`));
      return undefined;
    }
  }

  #value(node: unknown, place: Place): YamlValue {
    this.#nodes += 1;
    if (this.#nodes > this.#limit) throw new TooMuch('aliases or values beyond counting');
    if (place.depth > depthLimit) throw new TooMuch('nesting that is too deep');
    if (isAlias(node)) return this.#alias(node, place);
    this.#anchor(node);
    if (!isMap(node) && !isSeq(node)) return isScalar(node) ? String(node.value) : '';
    this.#open.add(node);
    const value = isMap(node)
      ? this.#mapping(node, place)
      : node.items.map((item, index) => this.#value(item, placeIn(place, index, startOf(item))));
    this.#open.delete(node);
    return value;
  }

  #anchor(node: unknown): void {
    const {anchor} = (node ?? {}) as {anchor?: string};
    if (anchor !== undefined) this.#anchors.set(anchor, node);
  }

  #alias(node: Alias, place: Place): YamlValue {
    const target = this.#anchors.get(node.source);
    const refuse = (message: string) => {
      this.problems.push(this.#problem(place, startOf(node), message));
      return '';
    };
    if (target === undefined) return refuse('expected an anchor above this alias, found none');
    if (this.#open.has(target))
      return refuse('expected an alias of something above it, found one of what it stands in');
    return isNull(target) ? '' : this.#value(target, place);
  }

  #mapping(node: YAMLMap, place: Place): YamlMapping {
    const mapping = Object.create(null) as YamlMapping;
    const merged: Pair[] = [];
    for (const pair of node.items) {
      const key = this.#key(pair, place);
      if (key === undefined) continue;
      if (key === '<<') {
        merged.push(pair);
        continue;
      }
      const offset = startOf(pair.key);
      if (Object.hasOwn(mapping, key)) {
        const again = {offset, depth: place.depth + 1, key, around: place};
        this.problems.push(this.#problem(again, offset, 'expected each key once, found it again'));
        continue;
      }
      if (isNull(pair.value)) this.#anchor(pair.value);
      mapping[key] = this.#value(isNull(pair.value) ? undefined : pair.value, placeIn(place, key, offset));
    }
    for (const pair of merged) {
      const from = {...place, below: new Map<string | number, Place>()};
      this.#merge({mapping, place}, {value: this.#value(pair.value, from), place: from, pair});
    }
    return mapping;
  }

  /** `<<: *defaults`: keys of the mapping itself win, then those of the mapping that is named first. */
  #merge(into: Merged, {value, place, pair}: Merging): void {
    if (value === '') return;
    if (typeof value === 'string') {
      this.problems.push(
        this.#problem(into.place, startOf(pair.key), 'expected a mapping to merge, found text'),
      );
      return;
    }
    if (Array.isArray(value)) {
      for (const [index, one] of value.entries())
        this.#merge(into, {value: one, place: place.below?.get(index) ?? place, pair});
      return;
    }
    for (const [key, one] of Object.entries(value)) {
      if (Object.hasOwn(into.mapping, key)) continue;
      into.mapping[key] = one;
      const found = place.below?.get(key);
      if (found !== undefined) (into.place.below ??= new Map()).set(key, found);
    }
  }

  #key({key}: Pair, place: Place): string | undefined {
    const value = this.#value(key, {...place, below: new Map()});
    if (typeof value === 'string' && value.length <= keyLimit) return value;
    const found = typeof value === 'string' ? `${value.length} characters` : 'a list or mapping';
    const expected = typeof value === 'string' ? `a key of at most ${keyLimit} characters` : 'text as key';
    this.problems.push(this.#problem(place, startOf(key), `expected ${expected}, found ${found}`));
    return undefined;
  }
}

interface Merged {
  readonly mapping: YamlMapping;
  readonly place: Place;
}

interface Merging {
  readonly value: YamlValue;
  readonly place: Place;
  readonly pair: Pair;
}

function placeIn(around: Place, key: string | number, offset: number): Place {
  const place = {offset, depth: around.depth + 1, key, around};
  (around.below ??= new Map()).set(key, place);
  return place;
}

function pathOf(place: Place): YamlPath {
  const path: (string | number)[] = [];
  for (let one: Place | undefined = place; one?.key !== undefined; one = one.around) path.unshift(one.key);
  return path;
}

/** `null` and `~` without quotes say that a key has no value (YAML 1.2.2, §10.2.1.1). */
function isNull(node: unknown): boolean {
  return isScalar(node) && node.type === 'PLAIN' && /^(?:null|Null|NULL|~)$/.test(String(node.value));
}

function startOf(node: unknown): number {
  return (node as {range?: [number, number, number] | null} | null)?.range?.[0] ?? 0;
}

interface Positions {
  readonly file: string;
  readonly position: (offset: number) => Position;
  readonly root: Place;
}

function originOf(path: YamlPath, {file, position, root}: Positions): Origin {
  let place = root;
  for (const key of path) {
    const below = place.below?.get(key);
    if (below === undefined) break;
    place = below;
  }
  return {file, ...position(place.offset), key: formatKey(path)};
}

function positionIn(lines: LineCounter, firstLine: number): (offset: number) => Position {
  return (offset) => {
    const {line, col} = lines.linePos(offset);
    return {line: Math.max(line, 1) + firstLine - 1, column: Math.max(col, 1)};
  };
}
