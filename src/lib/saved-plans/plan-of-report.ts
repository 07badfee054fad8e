import {isDigest, type Digest} from '../oci/digest.ts';
import {isTag} from '../oci/reference.ts';
import type {DestinationReport, ImageReport, Report} from '../promotion/report.ts';
import {planVersion, type SavedDestination, type SavedImage, type SavedPlan} from './saved-plan.ts';

/** What a plan is made of besides what the preflight found. */
export type PlanHead = Pick<SavedPlan, 'environmentsRepository' | 'request' | 'manner' | 'createdAt'>;

/** The plan that a dry run shows. For one that found nothing in the way: every image has a digest. */
export function planOfReport(report: Report, head: PlanHead): Omit<SavedPlan, 'checksum'> {
  return {
    corectlPlan: planVersion,
    ...head,
    images: report.images.map(savedImage),
    leftOut: report.images[0]?.leftOut ?? [],
  };
}

function savedImage({image, digest, mediaType, source, destinations}: ImageReport): SavedImage {
  if (!isDigest(digest) || mediaType === null) throw new Error(`${image} was not found`);
  return {image, digest, mediaType, source, destinations: destinations.map(savedDestination)};
}

function savedDestination(destination: DestinationReport): SavedDestination {
  const {environment, environments, stage, reference, status, existingDigest, tags, blobs, bytes} =
    destination;
  if (status !== 'would-promote' && status !== 'up-to-date') throw new Error(`${reference} is ${status}`);
  return {
    ...{environment, environments, stage, reference, status},
    existingDigest: digestOrNull(existingDigest),
    tags: tags.map(savedTag),
    missing: {blobs: blobs.total - blobs.existing, bytes: bytes.total - bytes.existing},
  };
}

function savedTag({
  tag,
  status,
  existingDigest,
}: DestinationReport['tags'][number]): SavedDestination['tags'][number] {
  if (!isTag(tag) || status === 'written' || status === 'skipped') throw new Error(`${tag} is ${status}`);
  return {tag, status, existingDigest: digestOrNull(existingDigest)};
}

const digestOrNull = (text: string | null): Digest | null => (isDigest(text) ? text : null);
