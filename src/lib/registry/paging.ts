import {RegistryError} from './registry-error.ts';

/** A page of a sorted list, and the query of the next one if there is more (distribution-spec §Listing Tags). */
export interface Page {
  readonly names: readonly string[];
  readonly next?: string;
}

/** The page that `n` and `last` of a query ask for. Raises PAGINATION_NUMBER_INVALID. */
export function pageOf(sorted: readonly string[], query: string, largest: number): Page {
  const parameters = new URLSearchParams(query);
  const size = pageSize(parameters.get('n'), largest);
  const last = parameters.get('last');
  const rest = sorted.filter((name) => last === null || name > last);
  const names = rest.slice(0, size);
  const more = names.length > 0 && names.length < rest.length;
  return {names, ...(more && {next: `n=${size}&last=${encodeURIComponent(names.at(-1) ?? '')}`})};
}

function pageSize(n: string | null, largest: number): number {
  if (n === null) return largest;
  if (!/^\d+$/.test(n)) throw new RegistryError('PAGINATION_NUMBER_INVALID', 'n must be a number');
  return Math.min(Number(n), largest);
}
