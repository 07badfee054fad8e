import type {Digest} from '../../oci/digest.ts';
import type {Parties} from '../../access/identities.ts';
import {namesOf, type Destination, type ImagePlace, type Place} from '../../access/place.ts';
import {tenantOf} from '../../environments/tenant.ts';
import {refuseProblems} from '../../environments/problem.ts';
import {usageError} from '../../usage-error.ts';
import type {Environment, Model, Tenant} from '../../environments/model.ts';
import {locateRepository} from '../../environments/location.ts';
import {
  formatImageName,
  formatReference,
  parseImageName,
  type ImageName,
  type Tag,
} from '../../oci/reference.ts';
import type {LeftOut} from '../../environments/documents.ts';
import {fromStageOf, nextStagesOf, sourceEnvironmentOf} from './selection.ts';
import {refuseSharedTags} from './shared-tag.ts';
import {distinctPlaces} from './shared-place.ts';
import {stepsTo} from './steps.ts';
import {versionTags} from './version-tags.ts';

/** What the user asked for. Empty lists mean no restriction. */
export interface PromotionRequest extends Naming {
  readonly images: readonly ImageName[];
  readonly tenant: string;
  readonly fromStage: string;
  readonly toStages: readonly string[];
  readonly environments: readonly string[];
  readonly sourceEnvironment?: string | undefined;
}

/** What images are called at their destinations. */
export interface Naming {
  /** Tags to be written besides the image's own. */
  readonly tags: readonly string[];
  /** Whether further tags follow from a version tag. */
  readonly versionTags: boolean;
  /** By which templates; empty for the usual ones. */
  readonly versionTemplates: readonly string[];
  /** Another name for the image. */
  readonly destImage?: string | undefined;
  /** A path below the stage. */
  readonly destPath?: string | undefined;
}

export interface PlannedImage {
  readonly image: ImageName;
  /** As the user wrote it. */
  readonly label: string;
  readonly source: ImagePlace;
  /** Where it may be read as well, when the source does not have it. */
  readonly otherSources?: readonly ImagePlace[];
  /** Whether what is attached to it is brought from each of these, not only from the one that has the image. */
  readonly attachedAnywhere?: boolean;
  /** Whether what is at a destination already may stand although no source has it any more. */
  readonly mayBeGone?: boolean;
  readonly destinations: readonly Destination[];
}

/** Where everything comes from and goes to; nobody was asked yet whether it is there. */
export interface Plan {
  /** Null where registries were given instead. */
  readonly tenant: string | null;
  readonly fromStage: string;
  readonly images: readonly PlannedImage[];
  /** What the next stages name and is not meant, by the environments repository or a plan that was reviewed. */
  readonly leftOut: readonly LeftOut<string>[];
}

/** Whose promotion it is, and what its destinations are called: what identities go by. */
export function partiesOf({tenant, images}: Plan): Parties {
  const destinations = images.flatMap((image) => image.destinations.map(namesOf));
  return {tenant: tenant ?? undefined, destinations};
}

/**
 * Derives sources and destinations from the environments repository alone. Each environment that the next stages name is a
 * destination, or left out with a reason, unless the request names others; everything else is refused with exit code 2.
 * Raises `unknown-tenant`, `invalid-environments`, and what its steps raise: those of selection.ts, stepsTo, distinctImages,
 * extraTagsFor, distinctPlaces and refuseSharedTags.
 */
export function planPromotion(model: Model, request: PromotionRequest): Plan {
  refuseProblems(model, [
    {kind: 'tenant', name: request.tenant},
    {kind: 'stage', name: request.fromStage},
  ]);
  const tenant = tenantOf(model, request.tenant);
  const fromStage = fromStageOf(model, request.fromStage);
  const next = nextStagesOf(model, fromStage, request.toStages);
  const source = sourceEnvironmentOf(model, fromStage, tenant, request.sourceEnvironment);
  const {steps, leftOut} = stepsTo(model, {tenant, stages: next}, request);
  const images = distinctImages(request).map(({image, label, destination}): PlannedImage => {
    const from = placeOf(source, fromStage.name, tenant, image);
    const extraTags = extraTagsFor(image, request);
    return {
      image,
      label,
      // read by digest where there is one: the tag is only what the destinations are to call it
      source: image.digest === undefined ? from : imagePlace(from, image.digest),
      destinations: distinctPlaces(
        steps.map(({environment, stage}) => ({
          ...placeOf(environment, stage.name, tenant, destination),
          extraTags,
        })),
      ),
    };
  });
  refuseSharedTags(images);
  return {tenant: tenant.name, fromStage: fromStage.name, images, leftOut};
}

/** Each image once, with what it is called at its destinations. Raises `usage` for one name for several images. */
export function distinctImages({
  images,
  destImage,
  destPath,
}: Naming & {readonly images: readonly ImageName[]}) {
  const distinct = [...new Map(images.map((image) => [formatImageName(image), image]))];
  if (destImage !== undefined && distinct.length > 1) {
    throw usageError('usage', `--dest-image names one image, and ${distinct.length} are to be promoted`, [
      'promote them one by one, or leave --dest-image out',
    ]);
  }
  return distinct.map(([label, image]) => ({
    image,
    label,
    destination: {...image, name: [destPath, destImage ?? image.name].filter(Boolean).join('/')},
  }));
}

/** The tags that an image gets besides its own. Raises `invalid-reference` for what is no tag, and `invalid-template`. */
export function extraTagsFor(image: ImageName, {tags, versionTags: wanted, versionTemplates}: Naming): Tag[] {
  const named = tags.flatMap((tag) => tagNamed(image.name, tag));
  const byVersion = wanted && image.tag !== undefined ? versionTags(image.tag, versionTemplates) : [];
  return [...new Set([...named, ...byVersion])].filter((tag) => tag !== image.tag);
}

/** A digest after the tag would go unheard. */
function tagNamed(image: string, text: string): Tag | [] {
  const {tag, digest} = parseImageName(`${image}:${text}`);
  if (digest === undefined) return tag ?? [];
  throw usageError('invalid-reference', `--tag ${JSON.stringify(text)} is no tag: it has a digest`, [
    'name the tag alone, and the digest with the image: app@sha256:…',
  ]);
}

function placeOf(environment: Environment, stage: string, tenant: Tenant, image: ImageName): ImagePlace {
  const repository = locateRepository(environment, {tenant: tenant.name, stage, image: image.name});
  return imagePlace({environment, label: environment.name, stage, repository}, tagOrDigestOf(image));
}

/** An image's tag, or its digest where it has none. */
export function tagOrDigestOf({name, tag, digest}: ImageName): Tag | Digest {
  const tagOrDigest = tag ?? digest;
  if (tagOrDigest === undefined) throw new Error(`${name} has neither tag nor digest`);
  return tagOrDigest;
}

/** A tag or digest in a place. */
export function imagePlace(
  {environment, label, stage, repository}: Place,
  tagOrDigest: Tag | Digest,
): ImagePlace {
  return {
    environment,
    label,
    stage,
    repository,
    tagOrDigest,
    reference: formatReference(repository, tagOrDigest),
  };
}
