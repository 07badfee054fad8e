import {isRepositoryPath, type RepositoryName} from '../../oci/reference.ts';
import {parseRegistry} from '../../promoter-manifests/read-registries.ts';
import {snapshotFormats, type SnapshotFormat} from '../../snapshot/format.ts';
import {usageError} from '../../usage-error.ts';

/** The registry, or the part of one, that is to be listed. Raises `usage` for what is none. */
export function registryNamed(text: string): RepositoryName {
  const registry = parseRegistry(text);
  if (registry !== undefined) return registry;
  throw usageError('usage', `expected a registry as HOST[:PORT][/PATH], found ${JSON.stringify(text)}`, [
    'leave out the scheme, tags and a / at the end',
  ]);
}

/** A format in letters of any size, as the image promoter of Kubernetes takes it. Raises `usage` for what is none. */
export function formatNamed(text: string): SnapshotFormat {
  const found = snapshotFormats.find((format) => format === text.toLowerCase());
  if (found !== undefined) return found;
  throw usageError('usage', `expected a format, found ${JSON.stringify(text)}`, [
    `write --output ${snapshotFormats.join(', --output ')}`,
  ]);
}

/** Names of images below a registry's path. Raises `usage` for what is none. */
export function imagesBelow(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => !isRepositoryPath(name));
  if (wrong === undefined) return names;
  const found = JSON.stringify(wrong);
  throw usageError('usage', `expected the name of an image below the path, found ${found}`, [
    'a name is in lower case and has neither tag nor digest: --image team/app',
  ]);
}
