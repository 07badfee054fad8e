import {usageError} from '../usage-error.ts';
import type {Problem} from '../environments/model.ts';
import {edgesOf, type Edge} from './edges.ts';
import {loadManifests, type ManifestSource} from './load.ts';
import type {PromoterManifest} from './manifest.ts';
import {namedFrom} from './file-names.ts';

/** What manifests promote, and everything that is wrong with them: edges are there for sound manifests only. */
export interface Promotions {
  readonly manifests: readonly PromoterManifest[];
  readonly edges: readonly Edge[];
  readonly problems: readonly Problem[];
  /** What belongs to no project of a tree: nothing is promoted for it, and it stops nothing. */
  readonly strays: readonly Problem[];
}

/**
 * Reads manifests and what they promote. Files are named in messages as seen from `base`, the folder that people run things
 * in.
 */
export function readPromotions(source: ManifestSource, base: string): Promotions {
  const {manifests, problems, strays} = loadManifests(source, namedFrom(base));
  const {edges, problems: inEdges} = edgesOf(manifests);
  return {manifests, edges, problems: [...problems, ...inEdges], strays};
}

/** The manifests that the flags name. Raises `usage` when they name none. */
export function manifestSource(
  files: readonly string[] | undefined,
  folder: string | undefined,
): ManifestSource {
  if (folder !== undefined) return {kind: 'thin', folder};
  if (files !== undefined && files.length > 0) return {kind: 'plain', files};
  throw usageError('usage', 'expected manifests, found none', [
    'name them with --manifest FILE, or a folder of thin ones with --thin-manifest-dir DIR',
  ]);
}
