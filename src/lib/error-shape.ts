// Shapes of documents are for schemas, pages and tests: other files of src/ import their types alone, so that a start loads none.
import * as z from 'zod';

/** An error as every JSON document holds it. */
export const errorShape = z
  .object({
    code: z
      .string()
      .describe('what went wrong, by one of the codes of docs/troubleshooting.md; `internal` for a bug'),
    message: z.string().describe('one line: what was expected, what was found'),
    suggestions: z.array(z.string()).describe('what to do next, a sentence or command each'),
    side: z
      .enum(['source', 'destination'])
      .nullable()
      .describe(
        'where it happened: where an image is read, or where it is written; null where that is not known',
      ),
  })
  .meta({id: 'error'});

/** What the documents of commands have in common. */
export const outcome = {
  ok: z.boolean().describe('whether all went well'),
  exitCode: z.number().int().describe('what the process exits with'),
};

/** The same for documents that are printed for success alone: what fails prints a failure. */
export const success = {
  ok: z.literal(true).describe('whether all went well'),
  exitCode: z.literal(0).describe('what the process exits with'),
  error: z.null().describe('what went wrong: nothing'),
};

/** What a command prints that could not do what it was asked, unless its own document tells of failures. */
export const failureShape = z.object({
  ok: z.literal(false).describe('whether all went well'),
  exitCode: z.number().int().describe('what the process exits with'),
  error: errorShape.describe('what went wrong'),
});
