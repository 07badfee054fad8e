// What auth check prints with --json. Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import type {DeepReadonly} from '../deep-readonly.ts';
import {errorShape, outcome} from '../error-shape.ts';

const may = z.boolean().nullable();

const repository = z.object({
  stage: z.string().describe('a stage that has images there'),
  repository: z.string().describe('`host/repository`'),
  mayPull: may.describe('null where that could not be found out'),
  mayPush: may.describe(
    'null where that could not be found out, or was not asked: a source is not written to',
  ),
  error: errorShape.nullable().describe('what was refused, or failed'),
});

const environment = z.object({
  environment: z.string().describe('its name'),
  side: z
    .enum(['source', 'destination'])
    .describe(
      'as which it was tried: who reads from an environment may be someone else than who writes there',
    ),
  identity: z
    .string()
    .nullable()
    .describe('an account, role or user name; null where only the registry knows'),
  source: z.string().nullable().describe('where the credential came from'),
  expires: z.string().nullable().describe('until when it lasts, in UTC, ISO 8601'),
  mayPull: may.describe('whether all of the repositories may be read'),
  mayPush: may.describe('whether all of the repositories may be written to'),
  repositories: z.array(repository).describe('what was tried'),
  error: errorShape.nullable().describe('the first thing that was refused, or failed'),
});

/** auth check --tenant */
export const accessShape = z.object({
  ...outcome,
  tenant: z.string().describe('whose environments were tried'),
  environments: z.array(environment).describe('who corectl would be there, and what it may do'),
  error: z.null().describe('what stopped the whole check: nothing'),
});

const tenantAccess = z.object({
  tenant: z.string().describe('its name'),
  environments: z.array(environment).describe('who corectl would be there, and what it may do'),
  error: errorShape.nullable().describe('why its environments were not checked'),
});

/** auth check --all-tenants */
export const accessOfAllShape = z.object({
  ...outcome,
  tenants: z.array(tenantAccess).describe('every tenant that owns images there'),
  error: z.null().describe('what stopped the whole check: nothing'),
});

export type RepositoryAccess = DeepReadonly<z.infer<typeof repository>>;
/** Who corectl would be in an environment, and what it may do there. */
export type EnvironmentAccess = DeepReadonly<z.infer<typeof environment>>;
/** What corectl may do for one of many tenants. */
export type TenantAccess = DeepReadonly<z.infer<typeof tenantAccess>>;
export type AccessDocument = DeepReadonly<z.infer<typeof accessShape>>;
export type AccessOfAllDocument = DeepReadonly<z.infer<typeof accessOfAllShape>>;
