import type {Problem} from '../environments/model.ts';
import {describeValue, valueAt} from '../environments/reading/shape.ts';
import type {YamlFile, YamlMapping, YamlPath, YamlValue} from '../environments/reading/yaml.ts';
import {printable} from '../printable.ts';

/** Collects everything that is wrong with a file, each with its place. */
export class Findings {
  readonly problems: Problem[];
  readonly #file: YamlFile;

  constructor(file: YamlFile) {
    this.#file = file;
    this.problems = [...file.problems];
  }

  /** Notes that something else was expected at the path; what stands there is told. */
  expected(path: YamlPath, what: string): void {
    const found = describeValue(valueAt(this.#file.value, path));
    this.note(path, `expected ${what}, found ${found}`);
  }

  note(path: YamlPath, message: string): void {
    this.problems.push({...this.#file.origin(path), message});
  }

  /** The mapping at a path; its keys must be among the `known`. */
  mapping(path: YamlPath, known: readonly string[]): YamlMapping | undefined {
    const value = valueAt(this.#file.value, path);
    if (!isMapping(value)) {
      this.expected(path, `a mapping with ${known.join(' and ')}`);
      return undefined;
    }
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      this.note(
        [...path, key],
        `expected no key but ${known.join(', ')}, found ${JSON.stringify(printable(key, 60))}`,
      );
    }
    return value;
  }

  /** The list at a path. */
  list(path: YamlPath, what: string): YamlValue[] | undefined {
    const value = valueAt(this.#file.value, path);
    if (Array.isArray(value)) return value;
    this.expected(path, what);
    return undefined;
  }

  /** The text at a path, if it is as `accept` wants it. */
  text(path: YamlPath, accept: (text: string) => boolean, what: string): string | undefined {
    const value = valueAt(this.#file.value, path);
    if (typeof value === 'string' && accept(value)) return value;
    this.expected(path, what);
    return undefined;
  }
}

/** Whether a value of a file has named fields. */
export const isMapping = (value: YamlValue | undefined): value is YamlMapping =>
  typeof value === 'object' && !Array.isArray(value);
