// What completion prints with --json. Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import type {DeepReadonly} from '../../deep-readonly.ts';
import {success} from '../../error-shape.ts';

/** completion */
export const completionShape = z.object({
  ...success,
  shell: z.string().describe('bash, zsh or fish'),
  script: z.string().describe('what the shell is to read'),
});

export type CompletionDocument = DeepReadonly<z.infer<typeof completionShape>>;
