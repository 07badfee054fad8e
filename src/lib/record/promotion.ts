import * as z from 'zod/mini';
import type {Statement} from '../evidence/statement.ts';

/**
 * The predicate type of corectl's records of promotions (docs/proof.md says what is in one). A change that readers of
 * this version would misread gets a new number.
 */
export const promotionPredicate = 'urn:corectl:promotion:v1';

/** A description, for schemas and docs/json.md. */
const says = z.describe;

const text = z.string().check(z.maxLength(2000));
const optionalText = z.optional(text);

/** Destinations of one record: what is promoted to more of them gets several. */
export const destinationLimit = 1000;

const placeShape = z.object({
  environment: text.check(says('its name, or the registry that was given instead')),
  stage: text.check(says('its stage')),
  name: text.check(says('`host/path` of the repository, without a tag')),
});

const destinationShape = z.extend(placeShape, {
  before: z
    .optional(z.record(text, text))
    .check(says('by tag: the digest that stood under it before, where it was another')),
});

/** Its fields stand in the --json document of histories too. */
export const promotionShape = z.object({
  tenant: optionalText.check(says('absent where registries were given instead')),
  image: text.check(says('its name')),
  tags: z.array(text).check(z.maxLength(1000), says('the tags that it got')),
  fromStage: text.check(says('the stage that it was promoted from')),
  source: placeShape.check(says('where it was read')),
  destinations: z.array(destinationShape).check(z.maxLength(destinationLimit), says('where it went')),
  environments: z
    .optional(
      z.object({
        repository: text.check(says('where it came from')),
        commit: optionalText.check(says('what the clone was at')),
      }),
    )
    .check(says('the environments repository that the destinations follow from')),
  policy: z
    .object({
      override: optionalText.check(says('why what is demanded did not have to be shown')),
      results: z
        .array(
          z.object({
            rule: text.check(says('as the policy writes it')),
            at: text.check(says('FILE:LINE')),
            mode: z
              .enum(['enforce', 'warn'])
              .check(says('what it means when it is not satisfied: a stop, or a warning')),
            passed: z.boolean().check(says('whether it was satisfied')),
            found: text.check(says('what satisfied it, or what was found instead')),
          }),
        )
        .check(z.maxLength(1000), says('each rule, with what came of it')),
    })
    .check(says('what was demanded')),
  startedAt: z
    .string()
    .check(
      z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/),
      says('when the promotion began, in UTC, RFC 3339'),
    ),
  promoter: z
    .object({name: text.check(says('the program')), version: text.check(says('its version'))})
    .check(says('what promoted it')),
  run: z
    .optional(
      z.object({
        uri: optionalText.check(says('its page')),
        id: optionalText.check(says("the system's number for it")),
        attempt: optionalText.check(says('which attempt it was')),
        actor: optionalText.check(says('who started it')),
      }),
    )
    .check(says("the CI system's run that promoted it, as its variables told: nobody vouches for them")),
});

/** What is recorded of a promotion of one image. */
export type Promotion = z.infer<typeof promotionShape>;
export type PlaceRecord = z.infer<typeof placeShape>;
export type DestinationRecord = z.infer<typeof destinationShape>;

/** The promotion that a statement records; undefined for other statements and for what is no such record. */
export function promotionIn({predicateType, predicate}: Statement): Promotion | undefined {
  if (predicateType !== promotionPredicate) return undefined;
  return promotionShape.safeParse(predicate).data;
}

/** When it began, in milliseconds of the epoch. */
export const startOf = ({startedAt}: Promotion): number => Date.parse(startedAt);
