// OCI image layouts in folders of their own, and looks at what is in them that share no code with what wrote it.
import {createHash} from 'node:crypto';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {FolderSite} from './promotion.ts';

interface Listed {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** In a `describe`: makes folders for layouts, each test its own; they are removed after it. */
export function foldersOfTest(): {site(name?: string): Promise<FolderSite>} {
  let folders: string[] = [];
  afterEach(async () => {
    await Promise.all(folders.map((folder) => rm(folder, {recursive: true, force: true})));
    folders = [];
  });
  return {
    site: async (name = 'disk') => {
      const folder = await mkdtemp(path.join(tmpdir(), 'corectl-layout-'));
      folders.push(folder);
      return {name, folder, path: 'tenant/prod'};
    },
  };
}

/** The layout of the image `app`. */
export const directoryOf = ({folder, path: below}: FolderSite): string => path.join(folder, below, 'app');

/** What index.json lists. */
export async function listedIn(directory: string): Promise<Listed[]> {
  const {manifests} = JSON.parse(await readFile(path.join(directory, 'index.json'), 'utf8')) as {
    manifests: Listed[];
  };
  return manifests;
}

/** The tags of index.json and what they point to. */
export async function tagsOf(directory: string): Promise<Record<string, string>> {
  const named = (await listedIn(directory)).map(
    ({digest, annotations}) => [annotations?.['org.opencontainers.image.ref.name'], digest] as const,
  );
  return Object.fromEntries(named.filter(([name]) => name !== undefined)) as Record<string, string>;
}

/**
 * Everything that index.json leads to is there, has the size that it is said to have, and is what its name says; throws what
 * is not. Gives the digests.
 */
export async function wholeLayout(directory: string): Promise<string[]> {
  const seen = new Set<string>();
  const waiting = await listedIn(directory);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node.digest)) continue;
    seen.add(node.digest);
    const bytes = await readFile(path.join(directory, 'blobs', ...node.digest.split(':')));
    const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (found !== node.digest || bytes.length !== node.size)
      throw new Error(`${node.digest} of ${node.size} bytes has ${bytes.length} bytes of ${found}`);
    waiting.push(...below(bytes));
  }
  return [...seen];
}

/** Names of temporary files and locks, wherever they are in a layout. */
export async function leftoversIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, {recursive: true});
  return names.filter((name) => path.basename(name).startsWith('.'));
}

function below(bytes: Buffer): Listed[] {
  if (bytes.length > 1024 * 1024 || bytes[0] !== 0x7b) return [];
  try {
    const {
      manifests = [],
      config,
      layers = [],
    } = JSON.parse(bytes.toString('utf8')) as {
      manifests?: Listed[];
      config?: Listed;
      layers?: Listed[];
    };
    const isManifest = Array.isArray(layers) && Array.isArray(manifests);
    return isManifest ? [...manifests, ...(config?.digest ? [config] : []), ...layers] : [];
  } catch {
    return [];
  }
}
