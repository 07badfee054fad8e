import type {RuleResult} from '../policy/evaluate.ts';
import {renderTable, type TableOptions} from './tables.ts';

/** An image and what its policy says of it. */
export interface VerifiedImage {
  readonly image: string;
  readonly results: readonly RuleResult[];
}

/** Every rule of every image, and by which line it is demanded; what is wanted where it is not shown. */
export function renderResults(images: readonly VerifiedImage[], options: TableOptions): string {
  const rows = images.flatMap(({image, results}) =>
    results.map(({rule, origin, mode, passed, found, wanted}) => [
      image,
      passed ? 'shown' : mode === 'warn' ? 'warning' : 'missing',
      rule,
      `${origin.file}:${origin.line}`,
      passed ? found : `${found}; wanted ${wanted}`,
    ]),
  );
  return renderTable(['IMAGE', 'STATE', 'RULE', 'DEMANDED BY', 'FOUND'], rows, options);
}
