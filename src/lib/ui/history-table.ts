import type {HistoryEntry} from '../promotion/history.ts';
import {count} from './count.ts';
import {renderTable, type TableOptions} from './tables.ts';

/** Promotions, a line for each, the first one first. */
export function renderHistory(entries: readonly HistoryEntry[], options: TableOptions): string {
  const rows = entries.map(({digest, promotion, verifiedBy}) => {
    const {startedAt, tags, fromStage, source, destinations, run} = promotion;
    return [
      startedAt.replace(/\.\d+Z$/, 'Z'),
      digest.slice(0, 19),
      tags.join(', '),
      `${fromStage} (${source.environment})`,
      destinations.map(({stage, environment}) => `${stage} (${environment})`).join(', '),
      run?.uri ?? run?.id ?? '-',
      policyOf(promotion.policy),
      verifiedBy === undefined ? 'unverified' : `verified by ${verifiedBy}`,
    ];
  });
  return renderTable(['WHEN', 'DIGEST', 'TAGS', 'FROM', 'TO', 'RUN', 'POLICY', 'RECORD'], rows, options);
}

function policyOf({override, results}: HistoryEntry['promotion']['policy']): string {
  const missing = results.filter(({passed}) => !passed).length;
  const rules = results.length === 0 ? 'nothing demanded' : count(results.length, 'rule');
  const outcome =
    results.length === 0
      ? rules
      : missing === 0
        ? `${rules} satisfied`
        : `${missing} of ${rules} not satisfied`;
  return override === undefined ? outcome : `${outcome}, overridden: ${override}`;
}
