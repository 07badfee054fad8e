import {isRecord} from '../../is-record.ts';
import {equallyNear} from '../../nearest.ts';
import type {Problem} from '../model.ts';
import {describeValue, valueAt} from './shape.ts';
import type {YamlFile, YamlPath} from './yaml.ts';

/**
 * Keys of a mapping that are called nearly like one that counts: what it says would be passed over without a word. Others are
 * left alone.
 */
export function misspeltKeys(file: YamlFile, at: YamlPath, keys: readonly string[]): Problem[] {
  const mapping = valueAt(file.value, at);
  if (!isRecord(mapping)) return [];
  return Object.keys(mapping).flatMap((key): Problem[] => {
    const meant = keys.includes(key) ? [] : equallyNear(key, keys);
    return meant.length === 0 ? [] : [misspelt(file, [...at, key], meant)];
  });
}

/**
 * The same for keys that are not there where others are left alone: one letter more or less, or others in their place, is no
 * other word. What the key says would be passed over without a word, for something that follows without it.
 */
export function slippedKeys(file: YamlFile, at: YamlPath, keys: readonly string[]): Problem[] {
  const mapping = valueAt(file.value, at);
  if (!isRecord(mapping)) return [];
  const missing = keys.filter((key) => !Object.hasOwn(mapping, key));
  return Object.keys(mapping).flatMap((key): Problem[] => {
    const meant = keys.includes(key)
      ? []
      : equallyNear(key, missing).filter((one) => Math.abs(one.length - key.length) <= 1);
    return meant.length === 0 ? [] : [misspelt(file, [...at, key], meant)];
  });
}

function misspelt(file: YamlFile, at: YamlPath, meant: readonly string[]): Problem {
  const key = describeValue(String(at.at(-1)));
  const message = `expected a key that is known, found ${key} (did you mean ${meant.join(' or ')}?)`;
  return {...file.origin(at), message};
}
