import type {RuleReport} from '../promotion/report.ts';
import {renderTable, type TableOptions} from './tables.ts';

/** Every rule of every image, and by which line it is demanded; what is wanted where it is not shown. */
export function renderResults(
  images: readonly {readonly image: string; readonly results: readonly RuleReport[]}[],
  options: TableOptions,
): string {
  const rows = images.flatMap(({image, results}) =>
    results.map(({rule, at, mode, passed, found, wanted}) => [
      image,
      passed ? 'shown' : mode === 'warn' ? 'warning' : 'missing',
      rule,
      at,
      passed ? found : `${found}; wanted ${wanted}`,
    ]),
  );
  return renderTable(['IMAGE', 'STATE', 'RULE', 'DEMANDED BY', 'FOUND'], rows, options);
}
