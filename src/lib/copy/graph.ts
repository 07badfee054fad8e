import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import {OciError, ociError} from '../oci-error.ts';
import type {Manifest} from '../oci/manifest.ts';
import {ManifestBudget} from './manifest-budget.ts';
import type {Source} from './source.ts';
import {isManifestType} from '../oci/media-types.ts';

/** Everything that makes up an image: all its manifests, children before parents, and its distinct blobs. */
export interface Graph {
  readonly root: Manifest;
  readonly manifests: readonly Manifest[];
  readonly blobs: ReadonlyMap<Digest, Descriptor>;
  /** Layers that are referred to and stay elsewhere, as the source does not have them. */
  readonly foreign: readonly Descriptor[];
}

/** Levels of indexes within indexes. Real images have two, generated ones a few more. */
const depthLimit = 32;

/**
 * Reads everything below a manifest from the source, each manifest once. Raises `not-found` naming the missing child,
 * `invalid-manifest` for what is too deep or goes beyond the budget, `invalid-descriptor` for one digest that is described in
 * two ways, and what the source raises.
 */
export async function readGraph(
  source: Source,
  root: Manifest,
  budget = new ManifestBudget(root.descriptor.digest),
): Promise<Graph> {
  const found = new Map<Digest, Manifest>([[root.descriptor.digest, root]]);
  const blobs = new Map<Digest, Descriptor>();
  const described = new Map<Digest, Descriptor>();
  let level: readonly Manifest[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthLimit) throw tooDeep(root);
    const referred = level.flatMap((manifest) => manifest.blobs);
    budget.refer(referred.length);
    for (const blob of referred) addBlob(blobs, blob);
    const listed = level.flatMap((manifest) => manifest.children);
    for (const child of listed) describe(described, child);
    const fresh = distinct(listed).filter(({digest}) => !found.has(digest));
    const children = await readChildren(source, fresh, {parents: level, budget});
    level = children.filter((child): child is Manifest => 'bytes' in child);
    for (const blob of children.filter((child): child is Descriptor => 'digest' in child))
      addBlob(blobs, blob);
    for (const manifest of level) found.set(manifest.descriptor.digest, manifest);
  }
  const {held, foreign} = await heldOf(source, [...found.values()]);
  for (const blob of held) addBlob(blobs, blob);
  return {root, manifests: childrenFirst(root, found), blobs, foreign};
}

interface Level {
  readonly parents: readonly Manifest[];
  readonly budget: ManifestBudget;
}

/** The children of one level; what is the matter with one is told with the index that lists it. */
function readChildren(
  source: Source,
  children: readonly Descriptor[],
  {parents, budget}: Level,
): Promise<(Manifest | Descriptor)[]> {
  budget.expect(children);
  return Promise.all(
    children.map((child) =>
      readChild(source, child, budget).catch((error: unknown) => {
        throw withIndex(error, parents, child);
      }),
    ),
  );
}

/** A child of an index: its manifest, or its descriptor when it is content that the index lists directly. */
async function readChild(
  source: Source,
  child: Descriptor,
  budget: ManifestBudget,
): Promise<Manifest | Descriptor> {
  if (isLayerType(child.mediaType)) return child;
  try {
    const manifest = await source.manifest(child);
    budget.add(child);
    return manifest;
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== 'not-found') throw error;
    // an entry of an unknown type may be a blob, as build caches have them
    if (!isManifestType(child.mediaType)) return child;
    const platform = child.platform === undefined || child.platform === '' ? '' : ` (${child.platform})`;
    throw ociError(
      'not-found',
      `the index lists ${child.digest}${platform}, which is not there: ${error.message}`,
      {
        status: 404,
        suggestions: ['push the whole image again, with all its platforms'],
        cause: error,
      },
    );
  }
}

/** Errors that an index may be the reason of. */
const indexErrors = ['not-found', 'size-mismatch', 'digest-mismatch'];

/** What is the matter with a child, with the index that lists it. */
function withIndex(error: unknown, parents: readonly Manifest[], {digest}: Descriptor): unknown {
  const index = parents.find(({children}) => children.some((child) => child.digest === digest));
  if (!(error instanceof OciError) || index === undefined || !indexErrors.includes(error.code)) return error;
  return error.with({message: `${error.message} (index ${index.descriptor.digest})`});
}

function isLayerType(mediaType: string): boolean {
  return /\.layer\.|\.rootfs\.|\.cacheconfig\./.test(mediaType);
}

function addBlob(blobs: Map<Digest, Descriptor>, blob: Descriptor): void {
  const known = blobs.get(blob.digest);
  if (known !== undefined && known.size !== blob.size) {
    throw ociError(
      'invalid-descriptor',
      `blob ${blob.digest} is said to have ${known.size} and ${blob.size} bytes`,
    );
  }
  blobs.set(blob.digest, blob);
}

/** Of the layers that may be elsewhere, those that the source has all the same, and those that stay where they are. */
async function heldOf(
  source: Source,
  manifests: readonly Manifest[],
): Promise<{readonly held: readonly Descriptor[]; readonly foreign: readonly Descriptor[]}> {
  const elsewhere = distinct(manifests.flatMap(({foreign}) => foreign));
  const isThere = await Promise.all(elsewhere.map((node) => isHeld(source, node)));
  return {
    held: elsewhere.filter((_, i) => isThere[i]),
    foreign: elsewhere.filter((_, i) => !isThere[i]),
  };
}

/** Whether a source has a layer that may be elsewhere: it is asked for, and let go at its first bytes. */
async function isHeld(source: Source, node: Descriptor): Promise<boolean> {
  const content = source.blob(node)[Symbol.asyncIterator]();
  try {
    await content.next();
    return true;
  } catch (error) {
    if (error instanceof OciError && error.code === 'not-found') return false;
    throw error;
  } finally {
    await content.return?.();
  }
}

/** Which of two descriptions of a child is right is a matter of whom one asks: some readers take the first, others the last. */
function describe(described: Map<Digest, Descriptor>, child: Descriptor): void {
  const known = described.get(child.digest) ?? child;
  described.set(child.digest, known);
  if (known.size === child.size && known.mediaType === child.mediaType) return;
  const [one, another] = [known, child].map(({mediaType, size}) => `${mediaType} of ${size} bytes`);
  throw ociError('invalid-descriptor', `manifest ${child.digest} is said to be ${one} and ${another}`);
}

const distinct = (nodes: readonly Descriptor[]): Descriptor[] => [
  ...new Map(nodes.map((node) => [node.digest, node])).values(),
];

/** Depth first without recursion; digests rule cycles out, as nothing can contain its own hash. */
function childrenFirst(root: Manifest, found: ReadonlyMap<Digest, Manifest>): Manifest[] {
  const ordered = new Set<Manifest>();
  const stack: {manifest: Manifest; open: boolean}[] = [{manifest: root, open: false}];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (ordered.has(top.manifest)) continue;
    if (top.open) {
      ordered.add(top.manifest);
      continue;
    }
    stack.push({manifest: top.manifest, open: true});
    for (const {digest} of top.manifest.children) {
      const child = found.get(digest);
      if (child !== undefined && !ordered.has(child)) stack.push({manifest: child, open: false});
    }
  }
  return [...ordered];
}

function tooDeep(root: Manifest): OciError {
  return ociError(
    'invalid-manifest',
    `image ${root.descriptor.digest} is too deep: more than ${depthLimit} indexes within each other`,
  );
}
