import type {Connection} from '../access/connection.ts';
import type {ImagePlace} from '../access/place.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import type {Tag} from '../oci/reference.ts';
import {printable} from '../printable.ts';
import {preflightFailure} from '../promotion/failures.ts';
import type {PlannedImage} from '../promotion/planning/plan.ts';
import type {Gate} from '../promotion/run.ts';
import type {Drift} from './documents.ts';
import {destinationDrift} from './drift.ts';
import type {SavedPlan} from './saved-plan.ts';

export interface DriftGateOptions {
  readonly saved: SavedPlan;
  readonly connection: Connection;
  /** Where the images are read, as the request names them: by tag. */
  readonly sources: readonly PlannedImage[];
  /** What is known to have moved before any registry is asked. */
  readonly known: readonly Drift[];
  /** Whether what has moved is told and no more. */
  readonly allowed: boolean;
  /** Told of what has moved at the sources. */
  readonly onSources: (drift: readonly Drift[]) => void;
}

/** A gate that refuses with `plan-drift` (exit code 6) where anything is not as it was when the plan was saved. */
export function driftGate(options: DriftGateOptions): Gate {
  const {saved, known, allowed, onSources} = options;
  return {
    refusal: async (previews, emit) => {
      let moved: readonly Drift[];
      try {
        moved = await sourceDrift(options);
      } catch (error) {
        if (error instanceof CorectlError) return error;
        throw error;
      }
      onSources(moved);
      const drift = [...known, ...moved, ...destinationDrift(saved, previews)];
      if (drift.length === 0) return undefined;
      if (!allowed) return driftError(drift);
      for (const one of drift)
        emit({kind: 'warning', message: `moved since the plan was saved: ${driftLine(one)}`});
      return undefined;
    },
  };
}

/** The error for a plan that does not hold any more. */
export function driftError(drift: readonly Drift[]): CorectlError {
  const things = drift.length === 1 ? 'something has' : `${drift.length} things have`;
  return new CorectlError({
    code: 'plan-drift',
    message: `the plan does not hold any more: ${things} moved since it was saved`,
    suggestions: [
      ...drift.map(driftLine),
      'plan anew and have it reviewed: corectl p2p promote … --dry-run --save-plan FILE; or --allow-drift applies it as it is',
    ],
    exitCode: exitCodes.policy,
  });
}

/** `destination HOST/REPOSITORY:TAG: expected nothing, found sha256:…` */
function driftLine({side, what, expected, found}: Drift): string {
  const where = side === 'environments-repository' ? 'environments repository' : side;
  return printable(`${where} ${what}: expected ${expected ?? 'nothing'}, found ${found ?? 'nothing'}`, 1500);
}

/** Source tags that do not point to the plan's digests any more. An image that was named by its digest has nothing to move. */
async function sourceDrift({saved, sources, connection}: DriftGateOptions): Promise<Drift[]> {
  const moved = await Promise.all(
    sources.map(async ({label, source}): Promise<Drift[]> => {
      const expected = saved.images.find(({image}) => image === label)?.digest;
      if (expected === undefined || isDigest(source.tagOrDigest)) return [];
      const found = await digestOfTag(connection, source, source.tagOrDigest);
      return found === expected
        ? []
        : [{side: 'source', what: source.reference, expected, found: found ?? null}];
    }),
  );
  return moved.flat();
}

async function digestOfTag(connection: Connection, place: ImagePlace, tag: Tag): Promise<Digest | undefined> {
  try {
    return (await connection.source(place).find(tag))?.descriptor.digest;
  } catch (error) {
    throw preflightFailure(error, place, 'source');
  }
}
