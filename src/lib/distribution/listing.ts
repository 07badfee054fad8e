import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import {registryUrl} from './authorizer.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import {ociError} from '../oci-error.ts';
import {askWhole, type Session} from './session.ts';
import {nextPage} from './next-page.ts';
import {isRepositoryPath, isTag, type Tag} from '../oci/reference.ts';

/** What a repository's listing tells. */
export interface Listing {
  readonly tags: readonly Tag[];
  /** Google's registries alone: every manifest with its tags, also those without any. */
  readonly manifests?: ReadonlyMap<Digest, ListedManifest>;
  /** Google's registries alone: the names of the repositories right below. */
  readonly children?: readonly string[];
}

export interface ListedManifest {
  readonly mediaType: string | undefined;
  readonly tags: readonly Tag[];
}

/** Bytes of one page: Google's registries describe ten thousand manifests on a single one. */
const pageBytes = 64 * 1024 * 1024;
/** Pages of one list. */
const pageLimit = 10_000;
/**
 * Names of the shortest page that registries are known to cut a list after. Some do so without a Link to the next one
 * (distribution-spec, §Listing Tags, wants it): what follows the last name is then asked for.
 */
const shortestPage = 50;
/** Names that a page of the catalog is asked for; more is refused by some. */
const catalogPage = 1000;

/**
 * Lists a repository's tags (distribution-spec, §Listing Tags) and, at Google's registries, its manifests. Names that can be
 * no tag are left out. Raises `not-found` for a repository that is not there, `not-a-registry` for an answer that is no list, and
 * what the registry refuses with.
 */
export async function listRepository(session: Session): Promise<Listing> {
  const {host, path} = session.repository;
  const tags = new Set<Tag>();
  const manifests = new Map<Digest, ListedManifest>();
  const children = new Set<string>();
  const google = {answered: false};
  const list = {first: 'tags/list', what: `tags of ${host}/${path}`};
  await eachPage(session, list, (page) => {
    if (!isListOfTags(page)) throw ociError('not-a-registry', `${list.what}: the answer is no list of tags`);
    const [known, names] = [tags.size, textsIn(page.tags)];
    for (const tag of names) if (isTag(tag)) tags.add(tag);
    for (const child of textsIn(page.child)) if (isRepositoryPath(child)) children.add(child);
    if (isRecord(page.manifest)) google.answered = true;
    for (const [digest, about] of Object.entries(isRecord(page.manifest) ? page.manifest : {}))
      if (isDigest(digest) && isRecord(about)) manifests.set(digest, listedManifest(about));
    const mayBeCut = names.length >= shortestPage && tags.size > known && !google.answered;
    return mayBeCut ? `tags/list?last=${encodeURIComponent(names.at(-1) ?? '')}` : undefined;
  });
  return {tags: [...tags], ...(google.answered && {manifests, children: [...children]})};
}

/** Lists of nothing may leave the tags out, as `null` does; an answer without a name, too, tells of no repository. */
const isListOfTags = (page: Record<string, unknown>): boolean =>
  'tags' in page || 'name' in page || isRecord(page.manifest);

/**
 * Lists the repositories of a registry by its catalog, which is no part of the specification any more: many registries have
 * none, or show it to administrators alone. Raises `not-a-registry` for an answer that is no list, and what the registry
 * refuses with.
 */
export async function listCatalog(session: Session): Promise<string[]> {
  const names = new Set<string>();
  const first = new URL(`/v2/_catalog?n=${catalogPage}`, registryUrl(session.repository));
  const what = `catalog of ${session.repository.host}`;
  // its scope is not a repository's (token specification, scope.md)
  const scopes = ['registry:catalog:*'];
  await eachPage(session, {first, what, scopes}, (page) => {
    if (!Array.isArray(page.repositories)) throw ociError('not-a-registry', `${what}: the answer is no list`);
    const [known, listed] = [names.size, textsIn(page.repositories)];
    for (const name of listed) if (isRepositoryPath(name)) names.add(name);
    if (listed.length < shortestPage || names.size === known) return undefined;
    return new URL(`${first.href}&last=${encodeURIComponent(listed.at(-1) ?? '')}`);
  });
  return [...names];
}

interface List {
  readonly first: string | URL;
  /** For messages. */
  readonly what: string;
  readonly scopes?: readonly string[];
}

/** Reads a page, and says where the next one would be if there is one that the registry does not tell of. */
type ReadPage = (page: Record<string, unknown>) => string | URL | undefined;

/** Answers of registries that do not know `last`: what they have listed is all. */
const lastRefused = [400, 404, 405];

async function eachPage(session: Session, {first, what, scopes}: List, read: ReadPage): Promise<void> {
  let location: string | URL | undefined = first;
  let isGuess = false;
  const asked = new Set<string>();
  for (let page = 0; location !== undefined; page += 1) {
    if (page === pageLimit) throw ociError('registry-error', `${what}: more than ${pageLimit} pages`);
    const headers = {accept: 'application/json'};
    const expect = isGuess ? [200, ...lastRefused] : [200];
    const request = {method: 'GET', location, headers, expect, what, ...(scopes && {scopes})} as const;
    const {response, status, url, body} = await askWhole(session, request, pageBytes);
    if (status !== 200) return;
    const guess = read(documentIn(body, what));
    asked.add(url.href);
    const next = nextPage(response, url, what);
    isGuess = next === undefined;
    location = next ?? guess;
    if (next !== undefined && asked.has(next.href))
      throw ociError('registry-error', `${what}: the next page is one that was read before, again and again`);
  }
}

function documentIn(body: Buffer, what: string): Record<string, unknown> {
  const parsed = parseJson(body);
  if (isRecord(parsed)) return parsed;
  throw ociError('not-a-registry', `${what}: the answer is no JSON object`);
}

/** Some registries list `null`, or nothing where they should list nobody. */
const textsIn = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((entry): entry is string => typeof entry === 'string') : [];

function listedManifest({mediaType, tag}: Record<string, unknown>): ListedManifest {
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : undefined,
    tags: textsIn(tag).filter(isTag),
  };
}
