// Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import {errorShape, outcome} from '../error-shape.ts';
import {leftOutOfRun} from '../promotion/report.ts';

const cell = z.object({
  stage: z.string().describe('a stage of the path'),
  environment: z.string().describe('one of its environments'),
  repository: z.string().describe('where the image is there: `host/repository`'),
  state: z
    .enum(['present', 'missing', 'unversioned', 'failed'])
    .describe('unversioned: there are tags, and none of them is a version'),
  tag: z.string().nullable().describe('the one that was asked for, or the newest version'),
  digest: z.string().nullable().describe('what the tag points to'),
  group: z
    .number()
    .int()
    .nullable()
    .describe('equal for equal digests of an image, counted from 1 along the path'),
  mark: z
    .enum(['drift', 'gap'])
    .nullable()
    .describe(
      'drift: another digest than the same tag has earlier along the path, or than the first environment of its stage has; gap: nothing, although the stage has it elsewhere or a later one has it',
    ),
  record: z
    .enum(['verified', 'unverified', 'unrecorded'])
    .nullable()
    .describe(
      'whether a record says that it was promoted there: signed by whom that counts of, by somebody else or nobody, or none; null where no records are made, no promotion leads there, or the registry does not tell',
    ),
  created: z.string().nullable().describe('when it was built, as its config says, in UTC'),
  bytes: z.number().int().nullable().describe('distinct config and layer blobs of all platforms'),
  error: errorShape.nullable().describe('why it is not known'),
});

/** The --json document of where images are. Its fields are a contract: add, never rename. */
export const statusSchema = z.object({
  ...outcome,
  tenant: z.string().describe('whose images they are'),
  images: z
    .array(
      z.object({
        image: z.string().describe('its name, with the tag that was asked for'),
        cells: z.array(cell).describe('each environment of each stage, along the path'),
      }),
    )
    .describe('the images that were named, or all of the tenant'),
  leftOut: z
    .array(leftOutOfRun)
    .describe('environments that the stages name and that are not meant for the tenant'),
  notes: z.array(z.string()).describe('registries that do not list their repositories'),
  error: errorShape.nullable().describe('the first failure, or that an image that was named is nowhere'),
});

export type StatusReport = z.infer<typeof statusSchema>;
export type StatusImage = StatusReport['images'][number];
export type StatusCell = z.infer<typeof cell>;
