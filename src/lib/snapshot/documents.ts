// What snapshot prints with --json. Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import type {DeepReadonly} from '../deep-readonly.ts';
import {success} from '../error-shape.ts';

/** snapshot */
export const snapshotShape = z.object({
  ...success,
  registry: z.string().describe('as it was asked for'),
  images: z
    .array(
      z.object({
        name: z.string().describe('below the registry that was asked for'),
        dmap: z
          .record(z.string(), z.array(z.string()))
          .describe('by digest: its tags; none for a digest without'),
      }),
    )
    .describe('as `images.yaml` of a promoter manifest has them, sorted'),
});

export type SnapshotDocument = DeepReadonly<z.infer<typeof snapshotShape>>;
