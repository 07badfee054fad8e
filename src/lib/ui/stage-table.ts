import type {StageOverview} from '../environments/documents.ts';
import {renderTable, type TableOptions} from './tables.ts';

/** The path as a table: a line for each environment, the stage's name and successors at the first one of a stage. */
export function renderStages(stages: readonly StageOverview[], options: TableOptions = {}): string {
  const ofTenant = stages.some(({environments}) => environments.some(({repository}) => repository));
  const rows = stages.flatMap(({stage, environments, ...following}) => {
    const follows = followersOf(following);
    if (environments.length === 0) return [[stage, '-', '-', follows]];
    return environments.map(({environment, enabled, registry, repository}, index) => {
      const state = registry === null ? ' (unusable)' : enabled ? '' : ' (not enabled)';
      const place = repository ?? registry ?? '-';
      return [index === 0 ? stage : '', `${environment}${state}`, place, index === 0 ? follows : ''];
    });
  });
  return renderTable(['STAGE', 'ENVIRONMENT', ofTenant ? 'REPOSITORY' : 'REGISTRY', 'NEXT'], rows, options);
}

function followersOf({next, unusableNext}: Pick<StageOverview, 'next' | 'unusableNext'>): string {
  const all = [...next, ...unusableNext.map((name) => `${name} (unusable)`)];
  return all.length > 0 ? all.join(', ') : '-';
}

/** Where each line of the table came from, one line each. */
export function renderOrigins(stages: readonly StageOverview[]): string {
  const lines = stages.flatMap(({stage, from, environments}) => [
    `${stage}: ${from}\n`,
    ...environments.map(({environment, from: place}) => `  ${environment}: ${place ?? 'unusable'}\n`),
  ]);
  return [...new Set(lines)].join('');
}
