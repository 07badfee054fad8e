import compare from 'semver/functions/compare.js';
import parse from 'semver/functions/parse.js';
import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';
import {usageError} from '../usage-error.ts';

export interface VersionChoice {
  /** A range as npm has them: `^1.2`, `>=1.4 <2`. */
  readonly constraint?: string | undefined;
  /** Pre-releases take part by their version alone; else every release comes before them. */
  readonly prereleases?: boolean | undefined;
}

/**
 * The tags that are versions (semver 2.0, a leading v may be there), the newest first by precedence (§11). Without
 * `prereleases` all releases stand before all pre-releases. Raises `usage` for a constraint that is none.
 */
export function newestVersions<T extends string>(tags: readonly T[], choice: VersionChoice = {}): T[] {
  const {constraint, prereleases = false} = choice;
  if (constraint !== undefined) checkConstraint(constraint);
  const options = {includePrerelease: prereleases};
  return tags
    .flatMap((tag) => {
      const version = parse(tag);
      if (version === null) return [];
      const wanted = constraint === undefined || satisfies(version, constraint, options);
      return wanted ? [{tag, version, late: !prereleases && version.prerelease.length > 0}] : [];
    })
    .sort(
      (one, other) =>
        Number(one.late) - Number(other.late) ||
        compare(other.version, one.version) ||
        one.tag.localeCompare(other.tag),
    )
    .map(({tag}) => tag);
}

function checkConstraint(constraint: string): void {
  if (constraint.trim() !== '' && validRange(constraint) !== null) return;
  throw usageError('usage', `--constraint ${JSON.stringify(constraint)} is no range of versions`, [
    "for instance --constraint '^1.2' or --constraint '>=1.4 <2'",
  ]);
}
