// A line of --events. Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import type {DeepReadonly} from '../deep-readonly.ts';
import {destinationShape} from './report.ts';

const head = {
  corectlEvent: z
    .literal(1)
    .describe(
      'the number of the form; fields and kinds are added under it, what a reader would misread gets a new one',
    ),
  time: z.string().describe('when, in UTC, ISO 8601'),
};

const destination = {
  image: z.string().describe('`name:tag`, or as much as tells it from the others'),
  environment: z
    .string()
    .describe("the destination's environment, or its registry where one was given instead"),
  stage: z.string().nullable().describe('the stage that it is promoted to'),
  tag: z.string().nullable().describe('null for an image that is promoted by its digest alone'),
};

const at = {side: z.literal('destination').describe('where it happened'), ...destination};

const bytes = z.number().int();

/** What happens, by `kind`. The last line is `ended`, whatever happens. */
export const eventShapes = {
  started: z.object({
    ...head,
    kind: z.literal('started').describe('the command line is understood'),
    command: z.string().describe('`p2p promote` and so on'),
    version: z.string().describe('of corectl'),
  }),
  planned: z.object({
    ...head,
    kind: z.literal('planned').describe('every destination that will follow is known'),
    dryRun: z.boolean().describe('whether nothing is to be written'),
    destinations: z
      .array(z.object({...destination, reference: z.string().describe('`host/repository:tag`')}))
      .describe('in order'),
  }),
  resolved: z.object({
    ...head,
    kind: z.literal('resolved').describe("an image's source tag was resolved"),
    side: z.literal('source').describe('where it happened'),
    image: destination.image,
    digest: z.string().describe('what it is promoted as, everywhere'),
    reference: z.string().describe('`host/repository:tag`'),
  }),
  checked: z.object({
    ...head,
    kind: z.literal('checked').describe('a destination told what it lacks'),
    ...at,
    existing: z.number().int().describe('blobs that it has'),
    missing: z.number().int().describe('blobs that it lacks'),
    missingBytes: bytes.describe('their sizes by their descriptors'),
  }),
  copying: z.object({...head, kind: z.literal('copying').describe('content begins to move'), ...at}),
  sent: z.object({
    ...head,
    kind: z.literal('sent').describe('bytes left for a destination; a line a second at most for each'),
    ...at,
    bytes: bytes.describe('how many since the last such line of this destination'),
  }),
  blob: z.object({
    ...head,
    kind: z.literal('blob').describe('a blob reached a destination'),
    ...at,
    how: z
      .enum(['existing', 'mounted', 'copied'])
      .describe('existing: it was there after all; mounted: its registry had it elsewhere'),
    bytes: bytes.describe('its size'),
  }),
  tagging: z.object({
    ...head,
    kind: z.literal('tagging').describe('everything below the tag is in place'),
    ...at,
  }),
  done: z.object({
    ...head,
    kind: z.literal('done').describe('a destination is done, well or not'),
    ...at,
    result: destinationShape.describe('as the report has it'),
  }),
  warning: z.object({
    ...head,
    kind: z.literal('warning').describe('something that may matter and stops nothing'),
    message: z.string().describe('one line'),
  }),
  ended: z.object({
    ...head,
    kind: z.literal('ended').describe('the last line, always'),
    exitCode: z.number().int().describe('what the process exits with'),
    document: z
      .record(z.string(), z.unknown())
      .describe('the document that --json prints, with the report or the error'),
  }),
};

type Shapes = typeof eventShapes;

/** What a line says, but for its head. */
export type EventFields = {
  [Kind in keyof Shapes]: DeepReadonly<Omit<z.infer<Shapes[Kind]>, keyof typeof head>>;
}[keyof Shapes];
