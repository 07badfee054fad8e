// Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import {problemShape} from '../environments/documents.ts';
import {errorShape, outcome} from '../error-shape.ts';
import {policyShape, recordShape, shardShape, shardsShape} from '../promotion/report.ts';

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
  image: z.string().describe('its name in the manifest'),
  digest: z.string().describe('what is promoted'),
  tag: z.string().nullable().describe('null for a digest that is promoted without a tag'),
  source: z.string().describe('reference by digest'),
  destination: z.string().describe('reference by tag, or by digest where there is none'),
  status: z
    .enum(edgeStatuses)
    .describe(
      'what became of it; missing: neither in the source nor at the destination; skipped: the run stopped before',
    ),
  existingDigest: z.string().nullable().describe('what the tag points to, where that is something else'),
  copiedBytes: z.number().int().describe('what was sent, or would be'),
  mountedBytes: z
    .number()
    .int()
    .describe('what the registry had elsewhere and put there by itself, or would'),
  policy: policyShape,
  record: recordShape,
  durationMs: z.number().int().describe('how long it took, in milliseconds'),
  error: errorShape.nullable().describe('why it failed'),
});

/** The --json document of a run of promoter manifests. Its fields are a contract: add, never rename. */
export const manifestReportSchema = z.object({
  ...outcome,
  dryRun: z.boolean().describe('whether nothing was to be written'),
  durationMs: z.number().int().describe('how long it took, in milliseconds'),
  manifests: z.array(z.string()).describe('what was read: project names, or files'),
  edges: z.array(edge).describe('in the order of the manifests'),
  problems: z.array(problemShape).describe('what is wrong with the manifests: then nothing was promoted'),
  error: errorShape.nullable().describe('what stopped the whole run'),
  shard: shardShape.optional().describe('there where --shard was given'),
  shards: shardsShape.optional(),
});

export type ManifestReport = z.infer<typeof manifestReportSchema>;
export type EdgeReport = ManifestReport['edges'][number];
export type EdgeStatus = EdgeReport['status'];
