// loaded where a plan is saved or applied, and the tree-shakable half of zod
import * as z from 'zod/mini';
import {isDigest, type Digest} from '../oci/digest.ts';
import {isTag, type Tag} from '../oci/reference.ts';

/** The number of the form that this corectl writes and reads. What an older reader would misread gets a new one. */
export const planVersion = 1;

/** A description, for the schema and docs/json.md. */
const says = z.describe;

// longer than any name, path or address that corectl writes
const text = z.string().check(z.maxLength(4096));
const names = z.array(text).check(z.maxLength(10_000));
const digest = z
  .custom<Digest>(isDigest, 'expected a digest')
  .check(z.meta({type: 'string', pattern: '^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$'}));
const tag = z
  .custom<Tag>((value) => typeof value === 'string' && isTag(value), 'expected a tag')
  .check(z.meta({type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$'}));
const amount = z.int().check(z.nonnegative());
const flag = z.boolean();

const naming = {
  images: names.check(z.minLength(1), says('as they were named: `name:tag` or `name@digest`')),
  tags: names.check(says('of --tag')),
  versionTags: flag.check(says('of --semver-tags')),
  versionTemplates: names.check(says('of --semver-tag-template')),
  destImage: z.nullable(text).check(says('of --dest-image')),
  destPath: z.nullable(text).check(says('of --dest-path')),
};

const request = z.discriminatedUnion('form', [
  z.strictObject({
    form: z.literal('derived').check(says('destinations follow from the environments repository')),
    tenant: text.check(says('of --tenant')),
    fromStage: text.check(says('of --from-stage')),
    toStages: names.check(says('of --to-stage')),
    environments: names.check(says('of --environment')),
    sourceEnvironment: z.nullable(text).check(says('of --source-environment')),
    ...naming,
  }),
  z.strictObject({
    form: z.literal('explicit').check(says('both registries were given')),
    sourceRegistry: text.check(says('of --source-registry')),
    sourceStage: text.check(says('of --source-stage')),
    destRegistry: text.check(says('of --dest-registry')),
    destStage: text.check(says('of --dest-stage')),
    policy: z.nullable(text).check(says('of --policy: the file that says what is demanded')),
    ...naming,
  }),
]);

const place = {
  environment: z.nullable(text).check(says('null where a registry was given instead')),
  stage: text.check(says('its stage')),
  reference: text.check(says('`host/repository:tag`')),
};

const destination = z.strictObject({
  ...place,
  environments: names.check(says('all that have this repository')),
  status: z.enum(['would-promote', 'up-to-date']).check(says('what there was to do')),
  existingDigest: z.nullable(digest).check(says('what the tag pointed to')),
  tags: z
    .array(
      z.strictObject({
        tag: tag.check(says('the tag alone')),
        status: z
          .enum(['would-write', 'up-to-date', 'kept'])
          .check(says('what there was to do; kept: it pointed to a later version, or nobody could tell')),
        existingDigest: z.nullable(digest).check(says('what it pointed to')),
      }),
    )
    .check(z.maxLength(1000), says("tags besides the image's own")),
  missing: z
    .strictObject({
      blobs: amount.check(says('how many')),
      bytes: amount.check(says('their sizes by their descriptors')),
    })
    .check(says('what was not there')),
});

const image = z.strictObject({
  image: text.check(says('as it was named')),
  digest: digest.check(says('what its tag was resolved to')),
  mediaType: text.check(says('of its manifest or index')),
  source: z.strictObject(place).check(says('where it is read')),
  destinations: z.array(destination).check(z.maxLength(10_000), says('where it goes')),
});

const leftOut = z.strictObject({
  environment: text.check(says('its name')),
  stage: text.check(says('the stage that names it')),
  reason: text.check(says('why it is not meant')),
});

export const savedPlanShape = z.strictObject({
  corectlPlan: z
    .literal(planVersion)
    .check(says('the number of the form; what an older reader would misread gets a new one')),
  checksum: digest.check(
    says('of everything else in it: tells what was cut or edited, and nothing about who wrote it'),
  ),
  createdAt: text.check(says('when it was saved, in UTC, ISO 8601')),
  environmentsRepository: z
    .nullable(
      z.strictObject({
        source: text.check(says('where it came from')),
        commit: z.nullable(text).check(says('what the clone was at')),
      }),
    )
    .check(says('what the destinations were derived from; null where both registries were given')),
  request: request.check(says('what was asked for')),
  manner: z
    .strictObject({
      overwrite: flag.check(says('of --overwrite')),
      referrers: flag.check(says('of --referrers')),
      verifyContent: flag.check(says('of --verify-content')),
      keepGoing: flag.check(says('of --keep-going')),
      allOrNothing: flag.check(says('of --all-or-nothing')),
      createRepositories: flag.check(says('of --create-repositories')),
    })
    .check(says('how it is to be carried out')),
  images: z.array(image).check(z.minLength(1), z.maxLength(10_000), says('what the dry run found')),
  leftOut: z
    .array(leftOut)
    .check(z.maxLength(10_000), says('environments that the stages name and that are not meant')),
});

/** What a dry run found, and what was asked of it: all that is needed to do the same, and to tell whether it is the same. */
export type SavedPlan = z.infer<typeof savedPlanShape>;
export type SavedRequest = SavedPlan['request'];
export type SavedImage = SavedPlan['images'][number];
export type SavedDestination = SavedImage['destinations'][number];

/** One text for each destination of an image. */
export const destinationKey = ({stage, reference}: Pick<SavedDestination, 'stage' | 'reference'>): string =>
  `${stage} ${reference}`;
