import type {StatusCell} from './report.ts';

/**
 * An image's cells along the path, each with its group and its mark. A later stage that lacks what an earlier one has is no
 * gap: it is not there yet.
 */
export function marked(cells: readonly StatusCell[]): StatusCell[] {
  const groups = new Map<string, number>();
  for (const {digest} of cells)
    if (digest !== null && !groups.has(digest)) groups.set(digest, groups.size + 1);
  return cells.map((cell, at) => ({
    ...cell,
    group: cell.digest === null ? null : (groups.get(cell.digest) ?? null),
    mark: isGap(cell, cells, at) ? 'gap' : isDrift(cell, cells) ? 'drift' : null,
  }));
}

function isGap(cell: StatusCell, cells: readonly StatusCell[], at: number): boolean {
  if (cell.state !== 'missing') return false;
  const others = cells.filter(({stage}, index) => stage === cell.stage || index > at);
  return others.some(({digest}) => digest !== null);
}

/** What comes first along the path is what later places are held to: the same tag, and the stage's first environment. */
function isDrift(cell: StatusCell, cells: readonly StatusCell[]): boolean {
  if (cell.digest === null) return false;
  const present = cells.filter(({digest}) => digest !== null);
  const sameTag = present.find(({tag}) => tag === cell.tag);
  const sameStage = present.find(({stage}) => stage === cell.stage);
  return [sameTag, sameStage].some((first) => first !== undefined && first.digest !== cell.digest);
}
