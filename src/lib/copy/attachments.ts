import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import {OciError, ociError} from '../oci-error.ts';
import {readGraph, type Graph} from './graph.ts';
import {isNamedBy, type Manifest} from '../oci/manifest.ts';
import type {Tag} from '../oci/reference.ts';
import {ManifestBudget} from './manifest-budget.ts';
import {orMissing} from '../distribution/manifests.ts';
import type {Source} from './source.ts';
import {referrersTag} from '../distribution/referrers-tag.ts';

/** Something that belongs to a manifest without being part of it: a signature, an attestation, an SBOM. */
export interface Attachment {
  /** What it belongs to. */
  readonly subject: Digest;
  readonly graph: Graph;
  /** cosign's tag; absent for a referrer, which is found by its subject. */
  readonly tag?: Tag;
}

/** An attachment, and where it is read: the image itself may be read elsewhere. */
export interface SourcedAttachment extends Attachment {
  readonly source: Source;
}

export interface Attachments {
  readonly list: readonly Attachment[];
  /** Set when a registry would not tell everything. */
  readonly refused?: OciError;
  /** What a registry lists as belonging to something that it does not belong to, a sentence each. */
  readonly strays: readonly string[];
}

/** cosign's tags for a digest are `sha256-<hex>` with these endings (cosign, specs/SIGNATURE_SPEC.md). */
const cosignSuffixes = ['.sig', '.att', '.sbom'];
/** Requests that find out what belongs to one manifest: these tags, and its referrers by the API and by their own tag. */
export const questionsAbout = cosignSuffixes.length + 2;
/** Attachments of attachments: a signature of an SBOM has depth 2. */
const depthLimit = 8;

/**
 * Finds all that belongs to any manifest of an image: cosign's tags and referrers, and what belongs to those in turn.
 * Nothing is left out without a word: a list that is refused is told, and so is what is listed here and refers to something
 * else, which no registry would list under this subject. Raises `registry-error` for what is listed and is not there, or not
 * whole, `invalid-manifest` for what is too deep or goes beyond the budget, and what the source raises.
 */
export async function readAttachments(source: Source, image: Graph): Promise<Attachments> {
  const manifests = image.manifests.map(({descriptor}) => descriptor);
  const {alias} = image.root;
  const budget = new ManifestBudget(image.root.descriptor.digest);
  budget.expect(manifests);
  const seen = new Set<Digest>(manifests.map(({digest}) => digest));
  const list: Attachment[] = [];
  const strays: string[] = [];
  let refused: OciError | undefined;
  let level: readonly Digest[] = alias === undefined ? [...seen] : [...seen, alias];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > depthLimit) throw tooDeep(image);
    const found = await Promise.all(
      level.map(async (subject) => {
        const attached = await attachedTo({source, seen, budget, root: image.root}, subject);
        return subject === alias ? withSubject(attached, image.root, alias) : attached;
      }),
    );
    refused ??= found.find((one) => one.refused !== undefined)?.refused;
    const fresh = distinct(found.flatMap((one) => one.list));
    list.push(...fresh);
    strays.push(...found.flatMap((one) => one.strays));
    level = fresh
      .flatMap(({graph}) => graph.manifests.map(({descriptor}) => descriptor.digest))
      .filter((digest) => !seen.has(digest));
    for (const digest of level) seen.add(digest);
  }
  return {list, strays, ...(refused && {refused})};
}

/** Each once, however many lists have it. */
function distinct(list: readonly Attachment[]): Attachment[] {
  const key = ({subject, tag, graph}: Attachment) =>
    `${subject} ${tag ?? ''} ${graph.root.descriptor.digest}`;
  return [...new Map(list.map((one) => [key(one), one])).values()];
}

/** What a search for attachments goes by. */
interface Search {
  readonly source: Source;
  /** Manifests that are known already. */
  readonly seen: ReadonlySet<Digest>;
  readonly budget: ManifestBudget;
  /** The image's own manifest, which may go by several digests. */
  readonly root: Manifest;
}

async function attachedTo(search: Search, subject: Digest): Promise<Attachments> {
  const [tagged, referrers] = await Promise.all([
    Promise.all(cosignSuffixes.map((suffix) => taggedWith(search, subject, suffix))),
    search.source.referrers(subject),
  ]);
  // a child of the index may refer to it, or two manifests to each other: each is copied once
  const fresh = referrers.descriptors.filter(({digest}) => !search.seen.has(digest));
  search.budget.expect(fresh);
  const found = await Promise.all(fresh.map((node) => referrerOf(search, node, subject)));
  const list = [...tagged, ...found];
  return {
    list: list.filter((one) => typeof one === 'object'),
    ...(referrers.refused && {refused: referrers.refused}),
    strays: found.filter((one) => typeof one === 'string'),
  };
}

/** What refers to an image by a digest that no tag leads to brings the image under that digest, too: it would refer to nothing. */
function withSubject({list, ...refused}: Attachments, root: Manifest, alias: Digest): Attachments {
  const subject = {...root, descriptor: {...root.descriptor, digest: alias}};
  return {
    ...refused,
    list: list.map(({graph, ...one}) =>
      one.tag === undefined
        ? {...one, graph: {...graph, manifests: [subject, ...graph.manifests]}}
        : {...one, graph},
    ),
  };
}

async function taggedWith(
  {source, budget}: Search,
  subject: Digest,
  suffix: string,
): Promise<Attachment | undefined> {
  const tag = `${referrersTag(subject)}${suffix}` as Tag;
  const manifest = await source.find(tag);
  if (manifest === undefined) return undefined;
  budget.expect([manifest.descriptor]);
  return {subject, tag, graph: await wholeGraph(source, manifest, budget)};
}

/** A referrer by what it says to refer to itself: a list may say anything. A sentence for one of something else. */
async function referrerOf(
  {source, seen, budget, root}: Search,
  node: Descriptor,
  listedFor: Digest,
): Promise<Attachment | string> {
  const manifest = await orMissing(source.manifest(node));
  if (manifest !== undefined) {
    const to = manifest.subject?.digest;
    const isHere = to === listedFor || (isNamedBy(root, to) && isNamedBy(root, listedFor));
    const subject = isHere ? listedFor : to;
    if (subject === undefined || (!isHere && !seen.has(subject)))
      return `${node.digest} is listed as a referrer of ${listedFor} and refers to ${to ?? 'nothing'}`;
    budget.add(node);
    return {subject, graph: await wholeGraph(source, manifest, budget)};
  }
  throw ociError('registry-error', `${source.name} lists the referrer ${node.digest} and does not have it`, {
    suggestions: withoutReferrers,
  });
}

const withoutReferrers = [
  'promote without signatures and the like (--no-referrers), or have it pushed or removed there again',
];

/** Everything that makes up an attachment. That a part of it is missing does not mean that the image is. */
async function wholeGraph(source: Source, manifest: Manifest, budget: ManifestBudget): Promise<Graph> {
  try {
    return await readGraph(source, manifest, budget);
  } catch (error) {
    if (!(error instanceof OciError) || error.code !== 'not-found') throw error;
    throw ociError(
      'registry-error',
      `${manifest.descriptor.digest}, which belongs to the image, is not whole at ${source.name}: ${error.message}`,
      {suggestions: withoutReferrers, cause: error},
    );
  }
}

function tooDeep({root}: Graph): OciError {
  return ociError(
    'invalid-manifest',
    `image ${root.descriptor.digest} has attachments of attachments of more than ${depthLimit} levels`,
  );
}
