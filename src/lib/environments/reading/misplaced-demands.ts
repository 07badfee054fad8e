import {isRecord} from '../../is-record.ts';
import type {Problem} from '../model.ts';
import {valueAt} from './shape.ts';
import type {YamlFile, YamlPath} from './yaml.ts';

/**
 * What demands something of images, or says whose word counts for it, and stands where nobody looks: a block that is indented
 * by too little would otherwise demand nothing, without a word.
 */
export function misplacedBesideP2p(file: YamlFile): Problem[] {
  return [
    ...misplaced(file, [], ['trust', 'record'], 'below p2p'),
    ...misplaced(file, [], ['require'], ofStage),
  ];
}

/** The same among the stages; a stage may be called so. */
export function misplacedAmongStages(file: YamlFile, isStage: (name: string) => boolean): Problem[] {
  const free = (names: readonly string[]) => names.filter((name) => !isStage(name));
  return [
    ...misplaced(file, ['p2p'], free(['require']), ofStage),
    ...misplaced(file, ['p2p'], free(ruleNames), `below require ${ofStage}`),
  ];
}

/** The same in a stage. */
export function misplacedInStage(file: YamlFile, at: YamlPath): Problem[] {
  return [
    ...misplaced(file, at, ['trust', 'record'], 'below p2p, beside the stages'),
    ...misplaced(file, at, ruleNames, 'below require'),
  ];
}

/**
 * The same in an environment, which may have any key: what is called like a rule is none of ours unless something is demanded
 * beside it.
 */
export function misplacedInEnvironment(file: YamlFile): Problem[] {
  const demands = isRecord(file.value) && Object.hasOwn(file.value, 'require');
  return [
    ...misplaced(file, [], demands ? ruleNames : [], 'below require'),
    ...misplaced(file, ['registry'], ['require'], 'beside registry'),
    ...misplaced(file, ['platform'], ['require'], 'beside platform'),
  ];
}

/** The rules of a `require` block; its mode, which alone demands nothing, is none. */
export const ruleNames = ['signed', 'attested', 'promoted', 'soaked', 'platforms', 'max-age'] as const;

const ofStage = 'of a stage, or of an environment';

function misplaced(file: YamlFile, at: YamlPath, keys: readonly string[], where: string): Problem[] {
  const mapping = valueAt(file.value, at);
  if (!isRecord(mapping)) return [];
  return Object.keys(mapping)
    .filter((key) => keys.includes(key))
    .map((key) => ({
      ...file.origin([...at, key]),
      message: `expected ${key} ${where}, found it here, where nobody looks at it`,
    }));
}
