import {equallyNear} from '../../nearest.ts';
import type {Problem, Subject} from '../model.ts';
import {describeValue} from './shape.ts';
import type {YamlFile, YamlPath} from './yaml.ts';

export interface NameCheck {
  readonly file: YamlFile;
  /** Where the list stands. */
  readonly at: YamlPath;
  /** `an environment that exists` */
  readonly expected: string;
  readonly known: Iterable<string>;
  /** Names that a misspelt one is likely to mean: those that are known, unless others are given. */
  readonly likely?: Iterable<string>;
  /** What an unknown name makes unusable, with all that it may have meant; everything that uses the file where it is left out. */
  readonly concerns?: (name: string, meant: readonly string[]) => Subject[];
}

/**
 * The problems of a list of names: a name that is there twice, and a name that nothing has, with the nearest that something
 * has.
 */
export function checkNames(
  names: readonly string[],
  {file, at, expected, known, likely, concerns}: NameCheck,
): Problem[] {
  const all = new Set(known);
  const candidates = likely === undefined ? all : [...likely];
  return names.flatMap((name, index): Problem[] => {
    const origin = file.origin([...at, index]);
    if (names.indexOf(name) < index)
      return [{...origin, message: `expected each name once, found ${name} again`, concerns: []}];
    if (all.has(name)) return [];
    const meant = equallyNear(name, candidates);
    const near = meant.length > 0 ? meant : equallyNear(name, all);
    const advice = near.length === 0 ? '' : ` (did you mean ${near.join(' or ')}?)`;
    const message = `expected ${expected}, found ${describeValue(name)}${advice}`;
    return [{...origin, message, ...(concerns !== undefined && {concerns: concerns(name, meant)})}];
  });
}
