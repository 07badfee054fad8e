import type {Located, Problem} from '../environments/model.ts';
import {describeLocated} from '../environments/reading/located.ts';
import {keyAddressForms, parseKeyAddress} from './key-service/address.ts';

/** Whether and how promotions are recorded. */
export type RecordSettings =
  | {readonly kind: 'none' | 'unsigned' | 'keyless'}
  | {
      readonly kind: 'key';
      /** `env://NAME`, the path of a file, or the URI of a key that a service keeps. */
      readonly key: string;
      /** Also under cosign's `.att` tag. */
      readonly attestationTag: boolean;
    };

/** Reads `p2p.record`; without it nothing is recorded. What cannot be read is a problem, and records nothing. */
export function parseRecordSettings(node: Located | undefined): {
  readonly settings: RecordSettings;
  readonly problems: readonly Problem[];
} {
  if (node === undefined) return {settings: {kind: 'none'}, problems: []};
  if ('text' in node && (node.text === 'unsigned' || node.text === 'keyless'))
    return {settings: {kind: node.text}, problems: []};
  const refuse = (one: Located, expected: string) => ({
    settings: {kind: 'none'} as const,
    problems: [{...one.origin, message: `expected ${expected}, found ${describeLocated(one)}`}],
  });
  if (!('map' in node)) return refuse(node, 'keyless, unsigned, or a mapping with a key');
  const {key, compatible, ...others} = node.map;
  const [other] = Object.values(others);
  if (other !== undefined) return refuse(other, 'no fields but key and compatible');
  if (key === undefined || !('text' in key) || !isKeyPlace(key.text))
    return refuse(
      key ?? node,
      `key: env://NAME or the path of a file with a private key, or ${keyAddressForms}`,
    );
  if (compatible !== undefined && !('text' in compatible && compatible.text === 'cosign2'))
    return refuse(compatible, 'compatible: cosign2');
  return {
    settings: {kind: 'key', key: key.text, attestationTag: compatible !== undefined},
    problems: [],
  };
}

/** A variable's name, a path, or the URI of a key that a service keeps. */
const isKeyPlace = (text: string): boolean =>
  /^env:\/\/[A-Za-z_][A-Za-z0-9_]*$/.test(text) ||
  parseKeyAddress(text) !== undefined ||
  (text !== '' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text));
