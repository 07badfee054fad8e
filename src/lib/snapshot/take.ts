import {CorectlError, exitCodes} from '../errors.ts';
import {OciError} from '../oci-error.ts';
import type {Session} from '../distribution/session.ts';
import {listCatalog, listRepository, type Listing} from '../distribution/listing.ts';
import type {RepositoryName} from '../oci/reference.ts';
import {nameBelow} from './from-manifests.ts';
import {readByListing, readTagged} from './read-repository.ts';
import {refused} from './refused.ts';
import {SnapshotBuilder, type Snapshot} from './snapshot.ts';

export interface SnapshotOptions {
  /** Leaves out manifests that have no tag and are children of an index, and signatures and the like of what is there. */
  readonly minimal: boolean;
  /** The only images to look at, by their names below the root; all when there are none. */
  readonly images: readonly string[];
  /** A line about something that the snapshot cannot hold. */
  readonly warn: (line: string) => void;
}

export type SessionFor = (repository: RepositoryName) => Session;

/**
 * Lists what a registry holds below the root: by Google's listing, which knows everything, else by catalog and tags, which
 * know what is tagged and its parts. Raises `repository-not-found` (exit code 3), `no-catalog` for a registry that does not list its
 * repositories, and what it refuses with: exit code 5.
 */
export async function takeSnapshot(
  root: RepositoryName,
  sessionFor: SessionFor,
  options: SnapshotOptions,
): Promise<Snapshot> {
  try {
    const builder = new SnapshotBuilder();
    const paths = await pathsBelow(root, sessionFor, options);
    if (paths.size === 0 && root.path !== '') throw notThere(`nothing is below ${root.host}/${root.path}`);
    if (paths.size === 1 && paths.has(root.path)) throw itself(root);
    await Promise.all(
      [...paths].map(async ([path, listing]) => {
        const name = nameBelow(root.path, path);
        if (name !== undefined)
          await readInto(builder, name, {session: sessionFor({...root, path}), listing, ...options});
        else
          options.warn(
            `${root.host}/${path} may hold images itself: a list of what is below cannot name them`,
          );
      }),
    );
    return builder.sorted();
  } catch (error) {
    throw error instanceof OciError ? refused(error) : error;
  }
}

/** The repositories to look at, with their listing where that is known already. Raises as takeSnapshot does. */
export async function pathsBelow(
  root: RepositoryName,
  sessionFor: SessionFor,
  {images}: Pick<SnapshotOptions, 'images'>,
): Promise<Map<string, Listing | undefined>> {
  const below = (name: string) => (root.path === '' ? name : `${root.path}/${name}`);
  if (images.length > 0) return new Map(images.map((name) => [below(name), undefined]));
  const own = root.path === '' ? undefined : await ownListing(sessionFor(root));
  if (own?.manifests !== undefined) return googlePaths(root, own, sessionFor);
  const names = await catalogOf(sessionFor(root));
  const inside = names.filter((name) => name === root.path || nameBelow(root.path, name) !== undefined);
  return new Map(inside.map((name) => [name, undefined]));
}

/** Google's listings name the repositories right below; an image's own path is left out unless it holds something. */
async function googlePaths(
  root: RepositoryName,
  listing: Listing,
  sessionFor: SessionFor,
): Promise<Map<string, Listing>> {
  const found = new Map<string, Listing>();
  const visit = async (path: string, here: Listing): Promise<void> => {
    if ((here.manifests?.size ?? 0) > 0) found.set(path, here);
    await Promise.all(
      (here.children ?? []).map(async (child) => {
        const inner = `${path}/${child}`;
        const there = await listingOf(sessionFor({...root, path: inner}), false);
        if (there !== undefined) await visit(inner, there);
      }),
    );
  };
  await visit(root.path, listing);
  return found;
}

/** The listing at the path itself, where there is one: elsewhere than at Google's it is seldom a repository. */
async function ownListing(session: Session): Promise<Listing | undefined> {
  try {
    return await listRepository(session);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Whether the registry answered that it will not, or that there is nothing. */
const isRefusal = (error: unknown): error is OciError =>
  error instanceof OciError && error.status !== undefined && error.status < 500 && error.status !== 429;

interface Reading extends Pick<SnapshotOptions, 'images' | 'minimal'> {
  readonly session: Session;
  /** Where it is known already. */
  readonly listing: Listing | undefined;
}

/** Adds what one repository holds, if it is there. */
async function readInto(
  builder: SnapshotBuilder,
  name: string,
  {session, listing, images, minimal}: Reading,
): Promise<void> {
  const known = listing ?? (await listingOf(session, images.length > 0));
  if (known === undefined) return;
  const read = known.manifests === undefined ? readTagged : readByListing;
  await read(session, known, minimal, (digest, tags) => {
    builder.add(name, digest, tags);
  });
}

/** Undefined for a repository that is not there, unless it was asked for by its name. */
async function listingOf(session: Session, wanted: boolean): Promise<Listing | undefined> {
  try {
    return await listRepository(session);
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== 'not-found') throw error;
    if (wanted) throw notThere(error.message, error);
    return undefined;
  }
}

/** An empty list would say that there is nothing. */
function itself({host, path}: RepositoryName): CorectlError {
  const slash = path.lastIndexOf('/');
  const above = slash < 0 ? host : `${host}/${path.slice(0, slash)}`;
  return notThere(`nothing is below ${host}/${path}, which is an image itself`).with({
    suggestions: [`name what it is below: corectl snapshot ${above} --image ${path.slice(slash + 1)}`],
  });
}

function notThere(why: string, cause?: OciError): CorectlError {
  return new CorectlError({
    code: 'repository-not-found',
    message: `there is no such repository: ${why}`,
    suggestions: ['check the name; a registry may also hide what this identity may not read'],
    exitCode: exitCodes.imageNotFound,
    side: 'source',
    cause,
  });
}

async function catalogOf(session: Session): Promise<string[]> {
  try {
    return await listCatalog(session);
  } catch (error) {
    const noList = error instanceof OciError && error.code === 'not-a-registry';
    if (!isRefusal(error) && !noList) throw error;
    const {host, path} = session.repository;
    throw new CorectlError({
      code: 'no-catalog',
      message: `${host} has no catalog of its repositories that may be read: ${error.message}`,
      suggestions: [
        `name the images: corectl snapshot ${path === '' ? host : `${host}/${path}`} --image NAME`,
        ...error.suggestions,
      ],
      exitCode: exitCodes.unreachable,
      cause: error,
    });
  }
}
