// A plan as a dry run saves it, where all that it is to bring was missing.
import {environmentsOf, type Destination} from '../../src/lib/access/place.ts';
import {digestOf} from '../../src/lib/oci/digest.ts';
import type {Plan} from '../../src/lib/promotion/planning/plan.ts';
import type {SavedDestination, SavedPlan} from '../../src/lib/saved-plans/saved-plan.ts';

/** What a plan's images are saved with. */
export const savedDigest = digestOf(Buffer.from('an image'));

/** The plan as its file says it, but for the checksum. */
export function savedOf({tenant, fromStage, images}: Plan): Omit<SavedPlan, 'checksum'> {
  const named = {tags: [], versionTags: false, versionTemplates: [], destImage: null, destPath: null};
  return {
    corectlPlan: 1,
    createdAt: '2026-01-02T03:04:05.000Z',
    environmentsRepository: {source: 'https://example.com/environments', commit: 'a'.repeat(40)},
    request: {
      form: 'derived',
      tenant: tenant ?? '',
      fromStage,
      ...{toStages: [], environments: [], sourceEnvironment: null},
      images: images.map(({label}) => label),
      ...named,
    },
    manner: {
      ...{overwrite: false, referrers: true, verifyContent: false},
      ...{keepGoing: false, allOrNothing: false, createRepositories: false},
    },
    images: images.map(({label, source, destinations}) => ({
      image: label,
      digest: savedDigest,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      source: {
        environment: source.environment?.name ?? null,
        stage: source.stage ?? '',
        reference: source.reference,
      },
      destinations: destinations.map(savedDestination),
    })),
    leftOut: [],
  };
}

function savedDestination(place: Destination): SavedDestination {
  const {environment, stage, reference, extraTags = []} = place;
  return {
    environment: environment?.name ?? null,
    stage: stage ?? '',
    reference,
    environments: environmentsOf(place).map(({name}) => name),
    status: 'would-promote',
    existingDigest: null,
    tags: extraTags.map((tag) => ({tag, status: 'would-write', existingDigest: null})),
    missing: {blobs: 2, bytes: 2000},
  };
}
