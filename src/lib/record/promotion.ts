import * as z from 'zod/mini';
import type {Statement} from '../evidence/statement.ts';

/**
 * The predicate type of corectl's records of promotions (docs/proof.md says what is in one). A change that readers of
 * this version would misread gets a new number.
 */
export const promotionPredicate = 'urn:corectl:promotion:v1';

const text = z.string().check(z.maxLength(2000));
const optionalText = z.optional(text);

const placeShape = z.object({
  environment: text,
  stage: text,
  /** `host/path` of the repository, without a tag. */
  name: text,
});

const destinationShape = z.extend(placeShape, {
  /** By tag: the digest that stood under it before, where it was another. */
  before: z.optional(z.record(text, text)),
});

const shape = z.object({
  /** Absent for an explicit promotion. */
  tenant: optionalText,
  image: text,
  tags: z.array(text).check(z.maxLength(1000)),
  fromStage: text,
  source: placeShape,
  destinations: z.array(destinationShape).check(z.maxLength(1000)),
  environments: z.optional(z.object({repository: text, commit: optionalText})),
  policy: z.object({
    /** Why it did not have to be satisfied. */
    override: optionalText,
    results: z
      .array(
        z.object({
          rule: text,
          /** `FILE:LINE` */
          at: text,
          mode: z.enum(['enforce', 'warn']),
          passed: z.boolean(),
          found: text,
        }),
      )
      .check(z.maxLength(1000)),
  }),
  /** In UTC, RFC 3339. */
  startedAt: z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/)),
  promoter: z.object({name: text, version: text}),
  run: z.optional(
    z.object({uri: optionalText, id: optionalText, attempt: optionalText, actor: optionalText}),
  ),
});

/** What is recorded of a promotion of one image. */
export type Promotion = z.infer<typeof shape>;
export type PlaceRecord = z.infer<typeof placeShape>;
export type DestinationRecord = z.infer<typeof destinationShape>;

/** The promotion that a statement records; undefined for other statements and for what is no such record. */
export function promotionIn({predicateType, predicate}: Statement): Promotion | undefined {
  if (predicateType !== promotionPredicate) return undefined;
  return shape.safeParse(predicate).data;
}

/** When it began, in milliseconds of the epoch. */
export const startOf = ({startedAt}: Promotion): number => Date.parse(startedAt);
