// Loaded by schemas, pages, tests and whoever reads reports back: others import its types alone.
import * as z from 'zod';
import {leftOutShape} from '../environments/documents.ts';
import {errorShape, outcome} from '../error-shape.ts';

const amount = z.number().int();

const tally = z.object({
  total: amount.describe('all that the image has'),
  existing: amount.describe('what the destination had already'),
  mounted: amount.describe('what its registry had elsewhere and put there by itself'),
  copied: amount.describe('what was sent'),
});

const destinationStatuses = [
  'promoted',
  'up-to-date',
  'conflict',
  'failed',
  'skipped',
  'would-promote',
  'planned',
] as const;

/** What became of the record of a promotion at one destination. */
export const recordShape = z
  .object({
    status: z
      .enum(['written', 'would-write', 'there', 'skipped'])
      .describe('there: an earlier one covers this digest and destination'),
    digest: z.string().nullable().describe('the manifest of the record that was written'),
  })
  .nullable()
  .describe('the record of the promotion; null where none is wanted');

/** What became of an image at one destination. */
export const destinationShape = z.object({
  environment: z.string().nullable().describe('null where a registry was given instead'),
  environments: z
    .array(z.string())
    .describe('all environments that have this repository; none where a registry was given instead'),
  stage: z.string().describe('the stage that the image is promoted to'),
  reference: z.string().describe('the repository with the tag or digest: `host/repository:tag`'),
  status: z
    .enum(destinationStatuses)
    .describe('what became of it; would-promote in a dry run, planned where no registry was asked'),
  existingDigest: z.string().nullable().describe('what the tag pointed to before, if anything'),
  contentVerified: z
    .boolean()
    .describe('whether the destination was asked for all content, also below a tag that was right already'),
  blobs: tally.describe(
    'distinct config and layer blobs; mounted: taken over within the registry, or there before where the tag is new',
  ),
  bytes: tally.describe('their sizes by their descriptors'),
  referrers: z
    .object({
      total: amount.describe('how many the image has'),
      copied: amount.describe('how many of them were not there'),
    })
    .describe('signatures, attestations and SBOMs that belong to the image'),
  tags: z
    .array(
      z.object({
        tag: z.string().describe('the tag alone'),
        status: z
          .enum(['written', 'would-write', 'up-to-date', 'kept', 'skipped'])
          .describe('kept: it points to a later version, or nobody can tell'),
        existingDigest: z.string().nullable().describe('what it pointed to before, if anything'),
      }),
    )
    .describe("tags besides the image's own"),
  record: recordShape,
  durationMs: amount.describe('how long it took, in milliseconds'),
  error: errorShape.nullable().describe('why it failed'),
});

/** A rule of a policy, and what came of it. */
export const ruleShape = z.object({
  rule: z.string().describe('as the policy writes it'),
  at: z.string().describe('FILE:LINE'),
  mode: z.enum(['enforce', 'warn']).describe('what it means when it is not satisfied: a stop, or a warning'),
  passed: z.boolean().describe('whether it is satisfied'),
  found: z.string().describe('what satisfies it, or what was found instead'),
  wanted: z.string().describe('what satisfies it'),
});

/** What a policy found of an image. */
export const policyShape = z
  .object({
    override: z.string().nullable().describe('why what is demanded did not have to be shown'),
    results: z.array(ruleShape).describe('each rule, with what came of it'),
  })
  .nullable()
  .describe('what is demanded of the image, rule by rule; null where nothing was judged');

/** An environment that a run leaves out: not meant, or not as a reviewed plan has it. */
export const leftOutOfRun = leftOutShape.extend({
  reason: z
    .string()
    .describe(
      "`not enabled` or `not the tenant's`; with --allow-drift `not in the plan` or `not where the plan has it`",
    ),
});

const image = z.object({
  image: z.string().describe('as it was asked for: `name:tag` or `name@digest`'),
  digest: z.string().nullable().describe('what its tag was resolved to, once; null where it was not'),
  mediaType: z.string().nullable().describe('of its manifest or index'),
  source: z
    .object({
      environment: z.string().nullable().describe('null where a registry was given instead'),
      stage: z.string().describe('the stage that it is promoted from'),
      reference: z.string().describe('`host/repository:tag`'),
    })
    .describe('where it is read'),
  destinations: z
    .array(destinationShape)
    .describe('where it goes, in the order of the stages and their environments'),
  policy: policyShape,
  leftOut: z
    .array(leftOutOfRun)
    .describe(
      'environments that the next stages name and the environments repository, or a saved plan, says are not meant',
    ),
});

/** Which part of a whole a report tells of. */
export const shardShape = z.object({
  number: z.number().int().describe('from 1 on'),
  of: z.number().int().describe('how many shards there are'),
  run: z.string().nullable().describe("the CI system's run, or CORECTL_RUN; null where neither says one"),
  plan: z
    .string()
    .nullable()
    .describe('the same for all shards of one plan; null where it could not be read'),
  total: z.number().int().nullable().describe('images or edges of the whole'),
  positions: z.array(z.number().int()).describe('which of them these are, from 0 on, in their order'),
});

/** How the shards of a merged report ended. */
export const shardsShape = z
  .array(
    z.object({
      number: z.number().int().describe('from 1 on'),
      of: z.number().int().describe('how many shards there are'),
      exitCode: z.number().int().nullable().describe('null for a shard whose report is missing'),
      durationMs: z.number().int().describe('how long it took, in milliseconds'),
      error: errorShape.nullable().describe('what stopped it as a whole'),
    }),
  )
  .describe('how each shard ended; there where reports of shards were merged');

/** The --json document of a promotion. Its fields are a contract: add, never rename. */
export const reportSchema = z.object({
  ...outcome,
  dryRun: z.boolean().describe('whether nothing was to be written'),
  tenant: z.string().nullable().describe('null where registries were given instead'),
  fromStage: z.string().describe('the stage that the images are promoted from'),
  durationMs: amount.describe('how long it took, in milliseconds'),
  images: z.array(image).describe('the images, in the order in which they were named'),
  error: errorShape.nullable().describe('what stopped the whole run'),
  shard: shardShape.optional().describe('there where --shard was given'),
  shards: shardsShape.optional(),
});

export type ShardReport = z.infer<typeof shardShape>;
export type ShardOutcome = z.infer<typeof shardsShape>[number];
export type Report = z.infer<typeof reportSchema>;
export type ImageReport = Report['images'][number];
export type DestinationReport = ImageReport['destinations'][number];
export type DestinationStatus = DestinationReport['status'];
export type RuleReport = z.infer<typeof ruleShape>;
export type Tally = DestinationReport['blobs'];
