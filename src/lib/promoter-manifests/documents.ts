// What commands about promoter manifests print with --json. Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import type {DeepReadonly} from '../deep-readonly.ts';
import {problemShape} from '../environments/documents.ts';
import {errorShape, success} from '../error-shape.ts';

const change = z.object({
  kind: z.enum(['image-removed', 'digest-removed', 'tag-removed', 'tag-moved']).describe('what became of it'),
  image: z.string().describe('its name in the manifest'),
  digest: z.string().nullable().describe('null for an image of which nothing is left'),
  tag: z.string().nullable().describe('the tag that is gone or moves'),
  movedTo: z.string().nullable().describe('where the tag points now'),
  destinations: z.array(z.string()).describe('the repositories that it concerns'),
  file: z.string().describe('where the image or tag stands now, or the file that it stood in'),
  line: z.number().int().describe('counted from 1'),
  column: z.number().int().describe('counted from 1'),
  message: z.string().describe('the same as a sentence'),
});

/** manifest check, where nothing is wrong. */
export const checkedShape = z.object({
  ...success,
  manifests: z.number().int().describe('how many there are'),
  images: z.number().int().describe('how many they list'),
  edges: z
    .number()
    .int()
    .describe('how many promotions follow from them: a digest, a repository, a tag or none'),
  problems: z.array(problemShape).length(0).describe('what is wrong with them: nothing'),
  changes: z.array(change).describe('with --base: what was removed or moved since'),
});

/** The same where something is. */
export const uncheckedShape = z.object({
  ok: z.literal(false).describe('whether all went well'),
  exitCode: z.number().int().describe('what the process exits with'),
  problems: z.array(problemShape).describe('what is wrong with the manifests'),
  error: errorShape.describe('what went wrong'),
});

/** manifest add */
export const addedShape = z.object({
  ...success,
  file: z.string().describe('the list that was written to'),
  changed: z.boolean().describe('whether anything had to be written'),
  images: z
    .array(
      z.object({
        name: z.string().describe('its name in the list'),
        digest: z.string().describe('what is to be promoted'),
        tags: z.array(z.string()).describe('the tags that it is to have'),
      }),
    )
    .describe('what the list has now'),
});

/** What was promoted at a base and is not any more, or is to another digest. */
export type Change = DeepReadonly<z.infer<typeof change>>;
export type CheckedDocument = DeepReadonly<z.infer<typeof checkedShape>>;
export type AddedDocument = DeepReadonly<z.infer<typeof addedShape>>;
