import {printable} from '../../printable.ts';
import type {Located} from '../model.ts';
import {describeValue, valueAt} from './shape.ts';
import type {YamlFile, YamlPath, YamlValue} from './yaml.ts';

/** What stands at a path, each part with its place; undefined where nothing does. What is below it may be empty texts. */
export function locatedAt(file: YamlFile, path: YamlPath): Located | undefined {
  const value = valueAt(file.value, path);
  return value === undefined || value === '' ? undefined : located(file, path, value);
}

/** A located value in a few printable words. */
export function describeLocated(node: Located): string {
  if ('text' in node) return describeValue(printable(node.text, 60));
  return 'list' in node ? 'a list' : 'a mapping';
}

function located(file: YamlFile, path: YamlPath, value: YamlValue): Located {
  const origin = file.origin(path);
  if (typeof value === 'string') return {origin, text: value};
  if (Array.isArray(value)) return {origin, list: value.map((one, i) => located(file, [...path, i], one))};
  const entries = Object.entries(value).map(([key, one]) => [key, located(file, [...path, key], one)]);
  return {origin, map: Object.fromEntries(entries) as Record<string, Located>};
}
