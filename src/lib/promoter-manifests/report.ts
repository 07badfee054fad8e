import * as z from 'zod';
import {policyShape, recordShape, shardShape, shardsShape} from '../promotion/report.ts';

/** The --json document of a run of promoter manifests. Its fields are a contract: add, never rename. */
const errorShape = z.object({
  code: z.string(),
  message: z.string(),
  suggestions: z.array(z.string()),
  side: z.enum(['source', 'destination']).nullable().describe('where it happened, where that is known'),
});

const edgeStatuses = [
  'promoted',
  'up-to-date',
  'would-promote',
  'missing',
  'conflict',
  'failed',
  'skipped',
] as const;

const edge = z.object({
  image: z.string(),
  digest: z.string(),
  tag: z.string().nullable().describe('null for a digest that is promoted without a tag'),
  source: z.string().describe('reference by digest'),
  destination: z.string().describe('reference by tag, or by digest where there is none'),
  status: z.enum(edgeStatuses),
  existingDigest: z.string().nullable().describe('what the tag points to, where that is something else'),
  copiedBytes: z.number().int(),
  mountedBytes: z.number().int(),
  policy: policyShape,
  record: recordShape,
  error: errorShape.nullable(),
});

export const manifestReportSchema = z.object({
  ok: z.boolean(),
  dryRun: z.boolean(),
  exitCode: z.number().int(),
  durationMs: z.number().int(),
  manifests: z.array(z.string()),
  edges: z.array(edge).describe('in the order of the manifests'),
  error: errorShape.nullable().describe('what stopped the whole run'),
  shard: shardShape.optional().describe('there where --shard was given'),
  shards: shardsShape.optional(),
});

export type ManifestReport = z.infer<typeof manifestReportSchema>;
export type EdgeReport = ManifestReport['edges'][number];
export type EdgeStatus = EdgeReport['status'];
