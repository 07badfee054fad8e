// What p2p apply prints with --json. Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import type {DeepReadonly} from '../deep-readonly.ts';
import {reportSchema} from '../promotion/report.ts';

const drift = z.object({
  side: z.enum(['environments-repository', 'source', 'destination']).describe('what has moved'),
  what: z.string().describe("a reference, or the repository's address"),
  expected: z.string().nullable().describe('the digest or commit of the plan; null for nothing'),
  found: z.string().nullable().describe('what is there now; null for nothing'),
});

/** p2p apply */
export const appliedShape = z.object({
  ...reportSchema.shape,
  drift: z.array(drift).describe('what is not any more what it was when the plan was saved'),
});

/** Something that is not any more what it was when a plan was saved. */
export type Drift = DeepReadonly<z.infer<typeof drift>>;
export type AppliedDocument = z.infer<typeof reportSchema> & {readonly drift: readonly Drift[]};
