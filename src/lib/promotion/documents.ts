// What commands beside promotions print with --json. Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import type {DeepReadonly} from '../deep-readonly.ts';
import {outcome, success} from '../error-shape.ts';
import {promotionShape} from '../record/promotion.ts';
import {reportSchema, ruleShape} from './report.ts';

/** p2p latest */
export const latestShape = z.object({
  ...success,
  tenant: z.string().describe('whose image it is'),
  stage: z.string().describe('where it was looked for'),
  environment: z
    .string()
    .describe("the stage's environment that promotions read from, or the one that was named"),
  image: z.string().describe('`name:tag`'),
  version: z.string().describe('the tag alone'),
  digest: z.string().describe('what the tag points to'),
  reference: z.string().describe('`host/repository:tag`'),
});

const verifiedImage = z.object({
  image: z.string().describe('as it was asked for'),
  digest: z.string().describe('what its tag was resolved to'),
  satisfied: z.boolean().describe('whether nothing that is enforced failed'),
  results: z.array(ruleShape).describe('each rule, with what came of it'),
});

/** p2p verify */
export const verifiedShape = z.object({
  ...outcome,
  tenant: z.string().describe('whose images they are'),
  stage: z.string().describe('the stage that demands'),
  images: z.array(verifiedImage).describe('the images that were named'),
  error: z.null().describe('what stopped the whole command: nothing'),
});

/** p2p history */
export const historyShape = z.object({
  ...success,
  tenant: z.string().describe('whose image it is'),
  image: z.string().describe('as it was asked for'),
  promotions: z
    .array(
      z.object({
        digest: z.string().describe('the image that the record is about'),
        record: z.string().describe('the manifest that the record stands in'),
        verifiedBy: z
          .string()
          .nullable()
          .describe('the trusted identity that signed it; null where nobody is known to have'),
        ...promotionShape.shape,
      }),
    )
    .describe('the promotions that are recorded, the first one first'),
});

const rollback = z.object({
  tags: z.array(z.string()).describe('the tags that are to go back'),
  digest: z.string().describe('what stood under them before'),
  from: z.string().describe('what they point to'),
  since: z.string().describe('since when, in UTC, ISO 8601'),
});

/** p2p rollback */
export const rollbackShape = z.object({
  ...reportSchema.shape,
  rollback: rollback.nullable().describe('the way back; null where none was found'),
});

/** policy check */
export const policyCheckShape = z.object({
  ...success,
  rules: z.number().int().describe('how many there are'),
});

export type LatestDocument = DeepReadonly<z.infer<typeof latestShape>>;
/** An image, and what was found of each rule that it is to satisfy. */
export type VerifiedImage = DeepReadonly<z.infer<typeof verifiedImage>>;
export type VerifiedDocument = DeepReadonly<z.infer<typeof verifiedShape>>;
export type HistoryDocument = DeepReadonly<z.infer<typeof historyShape>>;
export type RollbackDocument = z.infer<typeof reportSchema> & {
  readonly rollback: DeepReadonly<z.infer<typeof rollback>> | null;
};
export type PolicyDocument = DeepReadonly<z.infer<typeof policyCheckShape>>;
