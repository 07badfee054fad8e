// What sandbox prints with --json. Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import type {DeepReadonly} from '../deep-readonly.ts';
import {success} from '../error-shape.ts';

/** sandbox, once it is open: the process stays until Ctrl-C. */
export const openSandboxShape = z.object({
  ...success,
  environment: z
    .record(z.string(), z.string())
    .describe('the variables that make corectl use the sandbox, by name'),
  repository: z.string().describe('the folder of the environments repository'),
  registries: z
    .array(
      z.object({
        environment: z.string().describe('whose registry it is'),
        host: z.string().describe('`127.0.0.1:PORT`'),
      }),
    )
    .describe('one for each environment'),
  commands: z.array(z.string()).describe('what to type'),
});

/** sandbox --run, in the end. */
export const tourShape = z.object({
  ...success,
  commands: z.array(z.string()).describe('what was run'),
  verified: z.string().describe('what was found at the registries in the end, as a sentence'),
});

export type OpenSandboxDocument = DeepReadonly<z.infer<typeof openSandboxShape>>;
export type TourDocument = DeepReadonly<z.infer<typeof tourShape>>;
