/** The candidates that a mistyped name may have meant, closest first, at most three. */
export function nearest(name: string, candidates: Iterable<string>): string[] {
  return ranked(name, candidates)
    .slice(0, 3)
    .map(({candidate}) => candidate);
}

/** Those of them that are closest: more than one where nothing tells which was meant. */
export function equallyNear(name: string, candidates: Iterable<string>): string[] {
  const all = ranked(name, candidates);
  return all.filter(({distance}) => distance === all[0]?.distance).map(({candidate}) => candidate);
}

function ranked(name: string, candidates: Iterable<string>): {candidate: string; distance: number}[] {
  const typed = name.slice(0, 100).toLowerCase();
  const limit = Math.max(1, Math.floor(typed.length / 3));
  return [...candidates]
    .map((candidate) => ({candidate, distance: distanceTo(typed, candidate.toLowerCase())}))
    .filter(({distance}) => distance <= limit)
    .sort((one, other) => one.distance - other.distance);
}

/** A name that contains the typed one, or the reverse, is near; otherwise the edits between them count. */
function distanceTo(typed: string, candidate: string): number {
  if (
    typed.length >= 3 &&
    (candidate.includes(typed) || (candidate.length >= 3 && typed.includes(candidate)))
  )
    return candidate === typed ? 0 : 1;
  return editDistance(typed, candidate.slice(0, 100));
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({length: other.length + 1}, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replace = at(last, j - 1) + (one[i - 1] === other[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(
        Math.min(
          at(last, j) + 1,
          at(row, j - 1) + 1,
          replace,
          swapped ? at(beforeLast, j - 2) + 1 : Infinity,
        ),
      );
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, other.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
