import type {Located, Problem} from '../environments/model.ts';
import {describeLocated} from '../environments/reading/located.ts';
import {nearest} from '../nearest.ts';

/** Reads a node, or adds to the problems what is wrong with it. */
export type Read<Value> = (node: Located, problems: Problem[]) => Value | undefined;

/** Adds `expected …, found …` for a node. */
export function refuse(node: Located, expected: string, problems: Problem[]): void {
  problems.push({...node.origin, message: `expected ${expected}, found ${describeLocated(node)}`});
}

/** The fields of a mapping that has no others than the known ones. */
export function fieldsOf(
  node: Located,
  known: readonly string[],
  problems: Problem[],
): Readonly<Partial<Record<string, Located>>> {
  if (!('map' in node)) {
    refuse(node, `a mapping of ${known.join(', ')}`, problems);
    return {};
  }
  for (const [name, field] of Object.entries(node.map)) {
    if (known.includes(name)) continue;
    const [near] = nearest(name, known);
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
    const message = `expected one of ${known.join(', ')}, found ${JSON.stringify(name)}${hint}`;
    problems.push({...field.origin, message});
  }
  return node.map;
}

/** A scalar that the pattern describes. */
export function textOf(expected: string, pattern = /^[^\p{Cc}]+$/u): Read<string> {
  return (node, problems) => {
    if ('text' in node && pattern.test(node.text)) return node.text;
    refuse(node, expected, problems);
    return undefined;
  };
}

/** One of a few words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Read<Word> {
  return (node, problems) => {
    const found = 'text' in node ? words.find((word) => word === node.text) : undefined;
    if (found === undefined) refuse(node, words.join(' or '), problems);
    return found;
  };
}

/** A list of at least one, or, where there is only one, it alone. */
export function oneOrMore<Value>(read: Read<Value>): Read<readonly Value[]> {
  return (node, problems) => {
    const nodes = 'list' in node ? node.list : [node];
    if (nodes.length === 0) refuse(node, 'at least one', problems);
    const values = nodes.map((one) => read(one, problems)).filter((one) => one !== undefined);
    return values.length === nodes.length && values.length > 0 ? values : undefined;
  };
}
