import * as z from 'zod';

/** The --json document of a promotion. Its fields are a contract: add, never rename. */
const tally = z.object({
  total: z.number().int(),
  existing: z.number().int(),
  mounted: z.number().int(),
  copied: z.number().int(),
});

const errorShape = z.object({
  code: z.string(),
  message: z.string(),
  suggestions: z.array(z.string()),
  side: z.enum(['source', 'destination']).nullable().describe('where it happened, where that is known'),
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

const destination = z.object({
  environment: z.string().nullable().describe('null where a registry was given instead'),
  environments: z
    .array(z.string())
    .describe('all environments that have this repository; none where a registry was given instead'),
  stage: z.string(),
  reference: z.string(),
  status: z.enum(destinationStatuses),
  existingDigest: z.string().nullable().describe('what the tag pointed to before, if anything'),
  contentVerified: z
    .boolean()
    .describe('whether the destination was asked for all content, also below a tag that was right already'),
  blobs: tally.describe(
    'distinct config and layer blobs; mounted: taken over within the registry, or there before where the tag is new',
  ),
  bytes: tally.describe('their sizes by their descriptors'),
  referrers: z
    .object({total: z.number().int(), copied: z.number().int()})
    .describe('signatures, attestations and SBOMs that belong to the image'),
  tags: z
    .array(
      z.object({
        tag: z.string(),
        status: z
          .enum(['written', 'would-write', 'up-to-date', 'kept', 'skipped'])
          .describe('kept: it points to a later version'),
        existingDigest: z.string().nullable().describe('what it pointed to before, if anything'),
      }),
    )
    .describe("tags besides the image's own"),
  record: recordShape,
  durationMs: z.number().int(),
  error: errorShape.nullable(),
});

const ruleResult = z.object({
  rule: z.string().describe('as the policy writes it'),
  at: z.string().describe('FILE:LINE'),
  mode: z.enum(['enforce', 'warn']),
  passed: z.boolean(),
  found: z.string(),
  wanted: z.string().describe('what satisfies it'),
});

/** What a policy found of an image. */
export const policyShape = z
  .object({
    override: z.string().nullable().describe('why what is demanded did not have to be shown'),
    results: z.array(ruleResult),
  })
  .nullable()
  .describe('what is demanded of the image, rule by rule; null where nothing was judged');

const image = z.object({
  image: z.string(),
  digest: z.string().nullable(),
  mediaType: z.string().nullable(),
  source: z.object({environment: z.string().nullable(), stage: z.string(), reference: z.string()}),
  destinations: z.array(destination),
  policy: policyShape,
  leftOut: z
    .array(z.object({environment: z.string(), stage: z.string(), reason: z.string()}))
    .describe('environments that the next stages name and the environments repository says are not meant'),
});

export const shardShape = z.object({
  number: z.number().int().describe('from 1 on'),
  of: z.number().int(),
  run: z.string().nullable().describe("the CI system's run, or CORECTL_RUN; null where neither says one"),
  plan: z
    .string()
    .nullable()
    .describe('the same for all shards of one plan; null where it could not be read'),
  total: z.number().int().nullable().describe('images or edges of the whole'),
  positions: z.array(z.number().int()).describe('which of them these are, from 0 on, in their order'),
});

export const shardsShape = z
  .array(
    z.object({
      number: z.number().int(),
      of: z.number().int(),
      exitCode: z.number().int().nullable().describe('null for a shard whose report is missing'),
      durationMs: z.number().int(),
      error: errorShape.nullable().describe('what stopped it as a whole'),
    }),
  )
  .describe('how each shard ended; there where reports of shards were merged');

export const reportSchema = z.object({
  ok: z.boolean(),
  dryRun: z.boolean(),
  tenant: z.string().nullable().describe('null where registries were given instead'),
  fromStage: z.string(),
  exitCode: z.number().int(),
  durationMs: z.number().int(),
  images: z.array(image),
  error: errorShape.nullable().describe('what stopped the whole run'),
  shard: shardShape.optional().describe('there where --shard was given'),
  shards: shardsShape.optional(),
});

/** Which part of a whole a report tells of. */
export type ShardReport = z.infer<typeof shardShape>;
export type ShardOutcome = z.infer<typeof shardsShape>[number];
export type Report = z.infer<typeof reportSchema>;
export type ImageReport = Report['images'][number];
export type DestinationReport = ImageReport['destinations'][number];
export type DestinationStatus = DestinationReport['status'];
export type RuleReport = z.infer<typeof ruleResult>;
export type Tally = DestinationReport['blobs'];
export type ErrorReport = NonNullable<Report['error']>;
