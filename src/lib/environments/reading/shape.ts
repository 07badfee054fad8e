import type * as z from 'zod/mini';
import {printable} from '../../printable.ts';
import type {Problem} from '../model.ts';
import type {YamlFile, YamlPath, YamlValue} from './yaml.ts';

export type Shaped<Value> = {readonly value: Value} | {readonly problems: Problem[]};

/** The value at a path of a file as the shape describes it, or everything that is wrong with it, each with its position. */
export function applyShape<Shape extends z.ZodMiniType>(
  shape: Shape,
  file: YamlFile,
  at: YamlPath = [],
): Shaped<z.infer<Shape>> {
  const found = valueAt(file.value, at);
  const result = shape.safeParse(found);
  if (result.success) return {value: result.data};
  const problems = result.error.issues.map(({path, message}) => {
    const inner = path as YamlPath;
    const whole = [...at, ...inner];
    return {
      ...file.origin(whole),
      message: `expected ${message}, found ${describeValue(valueAt(found, inner))}`,
    };
  });
  return {problems};
}

/** A value from the repository in a few printable words. */
export function describeValue(value: YamlValue | undefined): string {
  if (value === undefined || value === '') return 'nothing';
  if (typeof value === 'string') return JSON.stringify(printable(value, 60));
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

/** What stands at a path, if anything. */
export function valueAt(value: YamlValue | undefined, path: YamlPath): YamlValue | undefined {
  let current = value;
  for (const part of path) {
    if (current === undefined || typeof current === 'string') return undefined;
    if (Array.isArray(current)) current = current[part as number];
    else current = Object.hasOwn(current, part) ? current[part] : undefined;
  }
  return current;
}
