import * as z from 'zod';

/** The --json document of where images are. Its fields are a contract: add, never rename. */
const errorShape = z.object({
  code: z.string(),
  message: z.string(),
  suggestions: z.array(z.string()),
  side: z.enum(['source', 'destination']).nullable(),
});

const cell = z.object({
  stage: z.string(),
  environment: z.string(),
  repository: z.string(),
  state: z
    .enum(['present', 'missing', 'unversioned', 'failed'])
    .describe('unversioned: there are tags, and none of them is a version'),
  tag: z.string().nullable().describe('the one that was asked for, or the newest version'),
  digest: z.string().nullable(),
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
  error: errorShape.nullable(),
});

export const statusSchema = z.object({
  ok: z.boolean(),
  exitCode: z.number().int(),
  tenant: z.string(),
  images: z.array(z.object({image: z.string(), cells: z.array(cell)})),
  notes: z.array(z.string()).describe('registries that do not list their repositories'),
  error: errorShape.nullable(),
});

export type StatusReport = z.infer<typeof statusSchema>;
export type StatusImage = StatusReport['images'][number];
export type StatusCell = z.infer<typeof cell>;
