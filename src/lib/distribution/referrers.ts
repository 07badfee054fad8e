import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import type {IncomingMessage} from 'node:http';
import {parseDescriptor, type Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import {OciError, ociError} from '../oci-error.ts';
import {askWhole, type Session} from './session.ts';
import {acceptManifests, mediaTypes} from '../oci/media-types.ts';
import {askHead, contradiction, manifestLimit} from './manifests.ts';
import {nextPage} from './next-page.ts';
import {formatReference} from '../oci/reference.ts';
import {referrersTag} from './referrers-tag.ts';

/** What refers to a manifest: signatures, attestations, SBOMs. */
export interface Referrers {
  readonly descriptors: readonly Descriptor[];
  /** The registry refuses to tell: there may be more than is listed. */
  readonly refused?: OciError;
}

/** Pages of one list; each holds dozens to thousands. */
const pageLimit = 100;

/** Entries of one list. */
const entryLimit = 10_000;

/** Answers of registries without the API. */
const unsupported = [400, 404, 405, 406, 410, 415, 501];

/**
 * Lists what refers to a digest: by the referrers API, and by the referrers tag, which some registries keep although they
 * answer to the API with an empty list (distribution-spec, §Listing Referrers, §Unavailable Referrers API). A registry
 * that refuses is told apart from one that has none. Raises what the wire and a failing registry raise.
 */
export async function listReferrers(session: Session, subject: Digest): Promise<Referrers> {
  const [byApi, byTag] = await Promise.all([
    refusable(listByApi(session, subject)),
    refusable(listByTag(session, subject)),
  ]);
  const descriptors = new Map([...byTag.descriptors, ...byApi.descriptors].map((one) => [one.digest, one]));
  const refused = byApi.refused ?? byTag.refused;
  return {descriptors: [...descriptors.values()], ...(refused && {refused})};
}

async function refusable(list: Promise<Descriptor[]>): Promise<Referrers> {
  try {
    return {descriptors: await list};
  } catch (error) {
    if (error instanceof OciError && (error.status === 401 || error.status === 403))
      return {descriptors: [], refused: error};
    throw error;
  }
}

async function listByApi(session: Session, subject: Digest): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  const what = `referrers of ${formatReference(session.repository, subject)}`;
  let location: string | URL | undefined = `referrers/${subject}`;
  for (let page = 0; location !== undefined; page += 1) {
    if (page === pageLimit) throw ociError('registry-error', `${what}: more than ${pageLimit} pages`);
    const request = {
      method: 'GET',
      location,
      headers: {accept: mediaTypes.ociIndex},
      expect: [200, ...unsupported],
      what,
    } as const;
    const {response, status, url, body} = await askWhole(session, request, manifestLimit);
    if (status !== 200 || !isIndex(response)) {
      if (page === 0) return found;
      // a registry that has begun to tell knows how to
      throw ociError('registry-error', `${what}: page ${page + 1} is no list (HTTP ${status})`);
    }
    found.push(...entriesIn(body, what));
    if (found.length > entryLimit)
      throw ociError('registry-error', `${what}: more than ${entryLimit} entries`);
    location = nextPage(response, url, what);
  }
  return found;
}

async function listByTag(session: Session, subject: Digest): Promise<Descriptor[]> {
  const tag = referrersTag(subject);
  const told = await askHead(session, tag);
  if (told === 'missing') return [];
  const what = `manifest ${formatReference(session.repository, tag)}`;
  const request = {
    method: 'GET',
    location: `manifests/${tag}`,
    headers: {accept: acceptManifests},
    expect: [200, 404, 406],
    what,
  } as const;
  const {response, status, body} = await askWhole(session, request, manifestLimit);
  if (status === 404 && told !== 'unknown') throw contradiction(what, told);
  // the tag may be an image's own: then nothing is kept there
  return status === 200 && isIndex(response) ? entriesIn(body, what) : [];
}

function isIndex(response: IncomingMessage): boolean {
  return response.headers['content-type']?.split(';')[0]?.trim() === mediaTypes.ociIndex;
}

/** What calls itself an index and cannot be read says nothing: least of all that there is nothing. */
function entriesIn(body: Buffer, what: string): Descriptor[] {
  const document = parseJson(body);
  const manifests = isRecord(document) ? document.manifests : undefined;
  // some write an empty list so
  const entries: unknown = manifests === null ? [] : manifests;
  if (!Array.isArray(entries)) throw ociError('registry-error', `${what}: the answer is no whole index`);
  return entries.map((entry: unknown, i) => parseDescriptor(entry, `entry ${i} of ${what}`));
}
