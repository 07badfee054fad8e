import {isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Parser, stringify} from 'yaml';
import type {CST, Pair, YAMLMap} from 'yaml';
import {printable} from '../printable.ts';
import type {Origin, Problem} from './model.ts';

/** Every scalar is its literal text: `1.10` stays `1.10`. Mappings have no prototype. */
export type YamlValue = string | YamlValue[] | YamlMapping;
export interface YamlMapping {
  [key: string]: YamlValue;
}
export type YamlPath = readonly (string | number)[];

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

/**
 * Reads one YAML document with positions; all syntax errors, duplicate keys, exploding aliases and every further document
 * become problems. The text begins on line `firstLine` of the file, where it is only a part of it.
 */
export function parseYaml(text: string, file: string, {firstLine = 1, nodes = nodeLimit} = {}): YamlFile {
  const lines = new LineCounter();
  const offsets = new Map<string, number>();
  const position = positionIn(lines, firstLine);
  const origin = (path: YamlPath): Origin => originOf(path, {file, position, offsets});
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
  const reader = new Reader({offsets, nodes}, (path, offset, message) =>
    problemAt(offset, formatKey(path), message),
  );
  const value = reader.read(contents.root);
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

function parseContents(text: string, lines: LineCounter): {root: unknown} | SyntaxProblem[] {
  const deep = tooDeep(text);
  if (deep !== undefined) return [{at: deep, message: 'expected valid YAML, found nesting that is too deep'}];
  try {
    // duplicate keys are looked for while reading: the library compares every key with every other
    // with its errors silenced, the library would drop every document but the first without a word
    const options = {schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'error'} as const;
    const document = parseDocument(text, {...options, lineCounter: lines});
    if (document.errors.length === 0) return {root: document.contents};
    return document.errors.slice(0, 20).map(({code, pos, message}) => ({
      at: pos[0],
      message:
        code === 'MULTIPLE_DOCS'
          ? 'expected one YAML document, found another one'
          : `expected valid YAML, found an error: ${printable(message, 120)}`,
    }));
  } catch {
    return [{at: 0, message: 'expected valid YAML, found what cannot be read'}];
  }
}

/**
 * Where something stands that is in more than so many others. It is looked for before the text is composed: that calls itself
 * for each level, and a process whose stack is used up within a regular expression ends at once.
 */
function tooDeep(text: string): number | undefined {
  const found: {token: CST.Token; depth: number}[] = [];
  for (const token of new Parser().parse(text)) found.push({token, depth: 0});
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

type MakeProblem = (path: YamlPath, offset: number, message: string) => Problem;

/** Turns nodes into values; aliases are followed within the limits. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #anchors = new Map<string, unknown>();
  readonly #offsets: Map<string, number>;
  readonly #problem: MakeProblem;
  readonly #limit: number;
  #nodes = 0;

  constructor({offsets, nodes}: {offsets: Map<string, number>; nodes: number}, problem: MakeProblem) {
    this.#offsets = offsets;
    this.#limit = nodes;
    this.#problem = problem;
  }

  read(root: unknown): YamlValue | undefined {
    try {
      return this.#value(root, []);
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
      this.problems.push(this.#problem([], 0, `expected a plain file, found ${error.message}`));
      return undefined;
    }
  }

  #value(node: unknown, path: YamlPath): YamlValue {
    this.#nodes += 1;
    if (this.#nodes > this.#limit) throw new TooMuch('aliases or values beyond counting');
    if (path.length > depthLimit) throw new TooMuch('nesting that is too deep');
    if (isAlias(node)) return this.#alias(node.source, startOf(node), path);
    this.#anchor(node);
    if (isMap(node)) return this.#mapping(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.#at(item, [...path, index], startOf(item)));
    return isScalar(node) ? String(node.value) : '';
  }

  /** The value at a path whose position is remembered for messages. */
  #at(node: unknown, path: YamlPath, offset: number): YamlValue {
    this.#offsets.set(path.join('\0'), offset);
    return this.#value(node, path);
  }

  #anchor(node: unknown): void {
    const {anchor} = (node ?? {}) as {anchor?: string};
    if (anchor !== undefined) this.#anchors.set(anchor, node);
  }

  #alias(name: string, offset: number, path: YamlPath): YamlValue {
    if (this.#anchors.has(name)) return this.#value(this.#anchors.get(name), path);
    this.problems.push(this.#problem(path, offset, 'expected an anchor above this alias, found none'));
    return '';
  }

  #mapping(node: YAMLMap, path: YamlPath): YamlMapping {
    const mapping = Object.create(null) as YamlMapping;
    const merged: Pair[] = [];
    for (const pair of node.items) {
      const key = this.#key(pair, path);
      if (key === undefined) continue;
      if (key === '<<') {
        merged.push(pair);
        continue;
      }
      if (Object.hasOwn(mapping, key)) {
        const duplicate = [...path, key];
        this.problems.push(
          this.#problem(duplicate, startOf(pair.key), 'expected each key once, found it again'),
        );
        continue;
      }
      const value = isNull(pair.value) ? undefined : pair.value;
      mapping[key] = this.#at(value, [...path, key], startOf(pair.key));
    }
    for (const pair of merged) this.#merge(mapping, this.#value(pair.value, path));
    return mapping;
  }

  /** `<<: *defaults`: keys of the mapping itself win, then those of the mapping that is named first. */
  #merge(mapping: YamlMapping, value: YamlValue): void {
    if (typeof value === 'string') return;
    if (Array.isArray(value)) {
      for (const one of value) this.#merge(mapping, one);
      return;
    }
    for (const [key, one] of Object.entries(value)) if (!Object.hasOwn(mapping, key)) mapping[key] = one;
  }

  #key({key}: Pair, path: YamlPath): string | undefined {
    const value = this.#value(key, path);
    if (typeof value === 'string') return value;
    this.problems.push(this.#problem(path, startOf(key), 'expected text as key, found a list or mapping'));
    return undefined;
  }
}

/** `null` and `~` without quotes say that a key has no value (YAML 1.2.2, §10.2.1.1). */
function isNull(node: unknown): boolean {
  return isScalar(node) && node.type === 'PLAIN' && /^(?:null|Null|NULL|~)$/.test(String(node.value));
}

function startOf(node: unknown): number {
  return (node as {range?: [number, number, number] | null} | null)?.range?.[0] ?? 0;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

interface Positions {
  readonly file: string;
  readonly position: (offset: number) => Position;
  readonly offsets: ReadonlyMap<string, number>;
}

function originOf(path: YamlPath, {file, position, offsets}: Positions): Origin {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsets.get(path.slice(0, length).join('\0'));
    if (offset !== undefined) return {file, ...position(offset), key: formatKey(path)};
  }
  return {file, ...position(0), key: formatKey(path)};
}

function positionIn(lines: LineCounter, firstLine: number): (offset: number) => Position {
  return (offset) => {
    const {line, col} = lines.linePos(offset);
    return {line: Math.max(line, 1) + firstLine - 1, column: Math.max(col, 1)};
  };
}
