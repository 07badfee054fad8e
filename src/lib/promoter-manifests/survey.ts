import type {Side} from '../errors.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import type {Digest} from '../oci/digest.ts';
import {formatReference} from '../oci/reference.ts';
import type {Connection} from '../access/connection.ts';
import {preflightFailure} from '../promotion/failures.ts';
import type {Edge, Spot} from './edges.ts';
import {takeInventory, type Presence} from './inventory.ts';
import {placeAt} from './places.ts';

/** What is to become of an edge, as far as reading tells. */
export type Finding =
  | {readonly kind: 'present'}
  /** To be copied from the source. */
  | {readonly kind: 'copy'; readonly from: Spot; readonly label: string}
  /** The digest is at the destination and lacks the tag alone. */
  | {readonly kind: 'tag'}
  | {readonly kind: 'missing'; readonly error: CorectlError}
  | {readonly kind: 'conflict'; readonly existing: Digest; readonly error: CorectlError}
  | {readonly kind: 'failed'; readonly error: CorectlError};

export interface Surveyed {
  readonly edge: Edge;
  readonly finding: Finding;
}

/**
 * Asks the destinations what they have, then the sources for what the destinations lack, each repository once. With S, D and
 * M for sources, destinations and manifests: M ∩ D is present, (M ∩ S) \ D is to be copied, the rest is missing. What a
 * registry refuses is a finding as well; rejects for nothing but an interruption.
 */
export async function survey(edges: readonly Edge[], connection: Connection): Promise<Surveyed[]> {
  const atDestinations = await askAll(
    edges.map(({destination: spot, image, digest, tag}) => ({spot, image, digest, tag})),
    connection,
    'destination',
  );
  const findings = edges.map((edge) => ({edge, finding: findAtDestination(edge, atDestinations)}));
  const lacking = findings.filter(({finding}) => finding === undefined).map(({edge}) => edge);
  const atSources = await askAll(
    lacking.flatMap(({sources, image, digest}) => sources.map((spot) => ({spot, image, digest}))),
    connection,
    'source',
  );
  return findings.map(({edge, finding}) => ({edge, finding: finding ?? findAtSources(edge, atSources)}));
}

interface Query {
  readonly image: string;
  readonly spot: Spot;
  readonly digest: Digest;
  readonly tag?: string | undefined;
}

type Answer = Presence | {readonly error: CorectlError};
type Answers = ReadonlyMap<string, Answer>;

async function askAll(queries: readonly Query[], connection: Connection, side: Side): Promise<Answers> {
  const questions = new Map<string, {spot: Spot; image: string; digests: Set<Digest>; tags: Set<string>}>();
  for (const {spot, image, digest, tag} of queries) {
    const key = spot.key;
    const question = questions.get(key) ?? {spot, image, digests: new Set(), tags: new Set()};
    question.digests.add(digest);
    if (tag !== undefined) question.tags.add(tag);
    questions.set(key, question);
  }
  const answers = [...questions].map(async ([key, {spot, image, ...question}]): Promise<[string, Answer]> => {
    const {host, path} = spot.repository;
    const place = {...placeAt(spot, image, ''), reference: `${host}/${path}`};
    try {
      return [key, await takeInventory(connection.session(place, side), question)];
    } catch (error) {
      return [key, {error: preflightFailure(error, place, side)}];
    }
  });
  return new Map(await Promise.all(answers));
}

/** Undefined where the destination lacks the digest, so that the sources decide. */
function findAtDestination(edge: Edge, answers: Answers): Finding | undefined {
  const answer = answers.get(edge.destination.key);
  if (answer === undefined || 'error' in answer) return answer && {kind: 'failed', error: answer.error};
  const existing = edge.tag === undefined ? undefined : answer.tags.get(edge.tag);
  if (existing !== undefined && existing !== edge.digest)
    return {kind: 'conflict', existing, error: conflict(edge, existing)};
  if (!answer.digests.has(edge.digest) && existing === undefined) return undefined;
  return {kind: edge.tag === undefined || existing !== undefined ? 'present' : 'tag'};
}

function findAtSources(edge: Edge, answers: Answers): Finding {
  const asked = edge.sources.map((source) => ({
    source,
    answer: answers.get(source.key),
  }));
  for (const {source, answer} of asked) {
    if (answer !== undefined && !('error' in answer) && answer.digests.has(edge.digest))
      return {kind: 'copy', from: source, label: source.label};
  }
  for (const {answer} of asked)
    if (answer !== undefined && 'error' in answer) return {kind: 'failed', error: answer.error};
  return {kind: 'missing', error: missing(edge)};
}

/** Where an edge leads: `HOST/REPOSITORY:TAG`, or its digest. */
export const destinationOf = ({destination, digest, tag}: Edge): string =>
  formatReference(destination.repository, tag ?? digest);

function missing(edge: Edge): CorectlError {
  const sources = edge.sources.map(({repository}) => formatReference(repository, edge.digest));
  return new CorectlError({
    code: 'image-not-found',
    message: `${where(edge)}: ${edge.image} is neither in the source as ${sources.join(' or ')} nor at ${destinationOf(edge)}`,
    suggestions: [
      'push it to the source, or take it out of the manifest',
      'a registry may also hide what this identity may not read',
    ],
    exitCode: exitCodes.imageNotFound,
  });
}

function conflict(edge: Edge, existing: Digest): CorectlError {
  return new CorectlError({
    code: 'conflict',
    message: `${where(edge)}: ${destinationOf(edge)} is ${existing} already, expected ${edge.digest} or nothing`,
    suggestions: ['promote under a new tag: manifests move none that stand'],
    exitCode: exitCodes.conflict,
  });
}

const where = ({origin: {file, line}}: Edge): string => `${file}:${line}`;
