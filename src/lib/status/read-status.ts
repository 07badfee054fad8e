import pLimit from 'p-limit';
import type {Connection} from '../access/connection.ts';
import type {StagePlace} from '../access/places-to-check.ts';
import type {Target} from '../copy/target.ts';
import {CorectlError, errorReport} from '../errors.ts';
import type {Digest} from '../oci/digest.ts';
import {formatRepository, type Tag} from '../oci/reference.ts';
import {firstThere} from '../promotion/first-there.ts';
import {newestVersions} from '../promotion/newest-version.ts';
import {imageDetails, type ImageDetails} from './image-details.ts';
import {marked} from './marks.ts';
import type {ReadRecord} from './record-state.ts';
import type {StatusCell, StatusImage} from './report.ts';

/** An image that is looked for, in all places of its tenant. */
export interface WantedImage {
  readonly name: string;
  /** Without it the newest version of each place. */
  readonly tag?: Tag | undefined;
  readonly places: readonly StagePlace[];
}

/** Places that are asked at once; each host has its own pace besides. */
const placesAtOnce = 24;

/**
 * Where images are. What an environment refuses or fails with stands in its own cell; rejects when interrupted, and for
 * bugs. What is told of a digest is read once, wherever it stands.
 */
export function readStatus(
  images: readonly WantedImage[],
  connection: Connection,
  readRecord?: ReadRecord,
): Promise<StatusImage[]> {
  const limit = pLimit(placesAtOnce);
  return Promise.all(
    images.map(async (image) => {
      const details = new Map<Digest, Promise<ImageDetails>>();
      const cells = image.places.map((place) =>
        limit(() => readCell({place, connection, details, readRecord, tag: image.tag})),
      );
      const label = image.tag === undefined ? image.name : `${image.name}:${image.tag}`;
      return {image: label, cells: marked(await Promise.all(cells))};
    }),
  );
}

interface Looking {
  readonly place: StagePlace;
  readonly connection: Connection;
  readonly details: Map<Digest, Promise<ImageDetails>>;
  readonly tag: Tag | undefined;
  /** Absent where no records are made. */
  readonly readRecord: ReadRecord | undefined;
}

async function readCell({place, connection, details, readRecord, tag}: Looking): Promise<StatusCell> {
  const {stage, label, repository} = place;
  const nothing: StatusCell = {
    stage,
    environment: label,
    repository: formatRepository(repository),
    state: 'missing',
    tag: tag ?? null,
    ...{digest: null, group: null, mark: null, record: null, created: null, bytes: null, error: null},
  };
  let found = nothing;
  try {
    const target = connection.repository(place, 'destination');
    const answer = tag === undefined ? await newest(target) : ((await firstThere(target, [tag])) ?? 'none');
    if (answer === 'none') return nothing;
    if (answer === 'unversioned') return {...nothing, state: answer};
    found = {...nothing, ...answer, state: 'present'};
    found = {...found, ...(await detailsOf(target, answer.digest, details))};
    return {...found, record: (await readRecord?.(target, answer.digest, place)) ?? null};
  } catch (error) {
    if (!(error instanceof CorectlError) || error.code === 'interrupted') throw error;
    return {...found, state: 'failed', error: errorReport(error)};
  }
}

type Answer = {readonly tag: Tag; readonly digest: Digest} | 'none' | 'unversioned';

async function newest(target: Target): Promise<Answer> {
  const tags = await target.tags();
  const versions = newestVersions(tags);
  if (versions.length === 0) return tags.length === 0 ? 'none' : 'unversioned';
  return (await firstThere(target, versions)) ?? 'none';
}

/** Another place may tell what this one was told already; where that failed, this one is asked itself. */
async function detailsOf(target: Target, digest: Digest, details: Looking['details']): Promise<ImageDetails> {
  const known = await details.get(digest)?.catch(() => undefined);
  if (known !== undefined) return known;
  const reading = imageDetails(target, digest);
  details.set(digest, reading);
  return reading;
}
