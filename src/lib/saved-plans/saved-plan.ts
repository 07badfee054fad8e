// loaded where a plan is saved or applied, and the tree-shakable half of zod
import * as z from 'zod/mini';
import {isDigest, type Digest} from '../oci/digest.ts';
import {isTag, type Tag} from '../oci/reference.ts';

/** The number of the form that this corectl writes and reads. What an older reader would misread gets a new one. */
export const planVersion = 1;

// longer than any name, path or address that corectl writes
const text = z.string().check(z.maxLength(4096));
const names = z.array(text).check(z.maxLength(10_000));
const digest = z.custom<Digest>(isDigest, 'expected a digest');
const tag = z.custom<Tag>((value) => typeof value === 'string' && isTag(value), 'expected a tag');
const amount = z.int().check(z.nonnegative());

const naming = {
  images: names.check(z.minLength(1)),
  tags: names,
  versionTags: z.boolean(),
  versionTemplates: names,
  destImage: z.nullable(text),
  destPath: z.nullable(text),
};

const request = z.discriminatedUnion('form', [
  z.strictObject({
    form: z.literal('derived'),
    tenant: text,
    fromStage: text,
    toStages: names,
    environments: names,
    sourceEnvironment: z.nullable(text),
    ...naming,
  }),
  z.strictObject({
    form: z.literal('explicit'),
    sourceRegistry: text,
    sourceStage: text,
    destRegistry: text,
    destStage: text,
    /** The file that says what is demanded. */
    policy: z.nullable(text),
    ...naming,
  }),
]);

const place = {environment: z.nullable(text), stage: text, reference: text};

const destination = z.strictObject({
  ...place,
  /** All that have this repository. */
  environments: names,
  status: z.enum(['would-promote', 'up-to-date']),
  /** What the tag pointed to. */
  existingDigest: z.nullable(digest),
  /** Tags besides the image's own, and what they pointed to. */
  tags: z
    .array(
      z.strictObject({
        tag,
        status: z.enum(['would-write', 'up-to-date', 'kept']),
        existingDigest: z.nullable(digest),
      }),
    )
    .check(z.maxLength(1000)),
  /** What was not there. */
  missing: z.strictObject({blobs: amount, bytes: amount}),
});

const image = z.strictObject({
  image: text,
  digest,
  mediaType: text,
  source: z.strictObject(place),
  destinations: z.array(destination).check(z.maxLength(10_000)),
});

export const savedPlanShape = z.strictObject({
  corectlPlan: z.literal(planVersion),
  /** Of everything else in it: tells what was cut or edited, and nothing about who wrote it. */
  checksum: digest,
  createdAt: text,
  /** Null where both registries were given. */
  environmentsRepository: z.nullable(z.strictObject({source: text, commit: z.nullable(text)})),
  request,
  /** How it is to be carried out. */
  manner: z.strictObject({
    overwrite: z.boolean(),
    referrers: z.boolean(),
    verifyContent: z.boolean(),
    keepGoing: z.boolean(),
    allOrNothing: z.boolean(),
    createRepositories: z.boolean(),
  }),
  images: z.array(image).check(z.minLength(1), z.maxLength(10_000)),
  leftOut: z.array(z.strictObject({environment: text, stage: text, reason: text})).check(z.maxLength(10_000)),
});

/** What a dry run found, and what was asked of it: all that is needed to do the same, and to tell whether it is the same. */
export type SavedPlan = z.infer<typeof savedPlanShape>;
export type SavedRequest = SavedPlan['request'];
export type SavedImage = SavedPlan['images'][number];
export type SavedDestination = SavedImage['destinations'][number];

/** One text for each destination of an image. */
export const destinationKey = ({stage, reference}: Pick<SavedDestination, 'stage' | 'reference'>): string =>
  `${stage} ${reference}`;
