import {isRecord} from '../is-record.ts';
import {equallyNear} from '../nearest.ts';
import type {Problem} from './model.ts';
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
    if (meant.length === 0) return [];
    const message = `expected a key that is known, found ${describeValue(key)} (did you mean ${meant.join(' or ')}?)`;
    return [{...file.origin([...at, key]), message}];
  });
}
