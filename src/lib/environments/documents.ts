// What commands print of the environments repository with --json. Loaded by schemas, pages and tests: others import its types alone.
import * as z from 'zod';
import type {DeepReadonly} from '../deep-readonly.ts';
import {success} from '../error-shape.ts';

export const problemShape = z
  .object({
    file: z.string().describe("relative to the repository's root"),
    line: z.number().int().describe('counted from 1'),
    column: z.number().int().describe('counted from 1'),
    key: z.string().describe('the path of the key: `p2p.prod.default-envs[1]`'),
    message: z.string().describe('what was expected, what was found'),
  })
  .meta({id: 'problem'});

const stageEnvironment = z.object({
  environment: z.string().describe('its name'),
  enabled: z.boolean().describe('whether the repository has it enabled'),
  registry: z
    .string()
    .nullable()
    .describe(
      "the registry's host, or the folder of layouts; null for an environment that could not be read or leads to none",
    ),
  repository: z
    .string()
    .optional()
    .describe("where the tenant's images are, without their names; absent without a tenant"),
  from: z
    .string()
    .nullable()
    .describe('where the registry follows from, `FILE:LINE:COLUMN key`; null for one that could not be read'),
});

const stage = z.object({
  stage: z.string().describe('its name'),
  next: z.array(z.string()).describe('the stages that follow'),
  unusableNext: z
    .array(z.string())
    .describe('those that are to follow and cannot be used: a promotion that would lead there is refused'),
  from: z.string().describe("where the stage's environments are written down: `FILE:LINE:COLUMN key`"),
  environments: z.array(stageEnvironment).describe('all of the stage; for a tenant only those meant for it'),
});

/** An environment that a stage names and that is not meant. */
export const leftOutShape = z.object({
  environment: z.string().describe('its name'),
  stage: z.string().describe('the stage that names it'),
  reason: z.enum(['not enabled', "not the tenant's"]).describe('why it is not meant'),
});

/** p2p stages */
export const stagesShape = z.object({
  ...success,
  source: z.string().describe('where the environments repository came from'),
  commit: z.string().nullable().describe('of the clone'),
  tenant: z.string().nullable().describe('whose repositories are shown, if any'),
  stages: z.array(stage).describe('in the order of the path'),
  leftOut: z
    .array(leftOutShape)
    .describe('environments that stages name and that are not meant for the tenant'),
  problems: z.array(problemShape).describe('what is wrong with the repository'),
});

/** env list */
export const environmentsShape = z.object({
  ...success,
  environments: z
    .array(
      z.object({
        name: z.string().describe('its name'),
        tier: z.string().nullable().describe('as its configuration says'),
        vendor: z.string().nullable().describe('gcp, aws or azure'),
        account: z.string().nullable().describe('the project, account or subscription'),
        region: z.string().nullable().describe("of the vendor's platform"),
        registry: z.string().nullable().describe("the registry's host, or the folder of layouts"),
        enabled: z.boolean().describe('whether the repository has it enabled'),
      }),
    )
    .describe('every environment that can be read'),
  problems: z.array(problemShape).describe('what is wrong with the repository'),
});

/** tenant list */
export const tenantsShape = z.object({
  ...success,
  tenants: z
    .array(
      z.object({
        name: z.string().describe('its name'),
        kind: z.string().nullable().describe('DeliveryUnit, OrgUnit, or null for a tenant of the older form'),
        owner: z.string().nullable().describe('the tenant that owns it'),
        environments: z.array(z.string()).describe('those that it lists'),
      }),
    )
    .describe('those that the flags ask for'),
  problems: z.array(problemShape).describe('what is wrong with the repository'),
});

const missingConsent = z.object({
  setting: z
    .enum(['trusted-hosts', 'plain-http', 'trusted-folders', 'record-keys'])
    .describe('the key of the settings that would allow it'),
  value: z.string().describe('the host, folder or key'),
  environments: z.array(z.string()).describe('those that use it'),
  needed: z.boolean().describe('whether no image gets there without it'),
});

/** init and update */
export const installedShape = z.object({
  ...success,
  source: z.string().describe('where the environments repository came from'),
  ref: z.string().nullable().describe('the branch, tag or commit that was asked for'),
  commit: z.string().describe('what the clone is at'),
  previousCommit: z.string().nullable().describe('what it was at before'),
  stages: z.array(stage).describe('in the order of the path'),
  environments: z.number().int().describe('how many there are'),
  tenants: z.number().int().describe('how many there are'),
  problems: z.array(problemShape).describe('what is wrong with the repository'),
  missingConsents: z
    .array(missingConsent)
    .describe('what the repository uses and only the user can allow, and has not'),
});

/** p2p export */
export const variablesShape = z.object({
  ...success,
  tenant: z.string().describe('whose variables they are'),
  environment: z.string().describe('where'),
  variables: z
    .record(z.string(), z.string())
    .describe('by name: `TENANT_NAME`, `REGION`, `P2P_REGISTRY_PROD` and so on'),
});

const matrixEntry = z.object({
  environment: z.string().describe('its name'),
  deploy_env: z.string().describe("the same, by the name that P2P's workflows have for it"),
  stage: z.string().describe('a stage that names it'),
  tier: z.string().nullable().describe('as its configuration says'),
  vendor: z.string().nullable().describe('gcp, aws or azure'),
  region: z.string().nullable().describe("of the vendor's platform"),
  registry: z.string().nullable().describe("the registry's host, or the folder of layouts"),
  repository: z.string().nullable().describe("`HOST/PATH` of the tenant's images there, without their names"),
});

/** p2p matrix: what `strategy.matrix` takes, in which every other key would be a dimension. */
export const matrixShape = z.object({
  include: z.array(matrixEntry).describe('a job for each environment of each stage'),
});

export type StageOverview = DeepReadonly<z.infer<typeof stage>>;
export type StageEnvironmentOverview = StageOverview['environments'][number];
type NotMeant = DeepReadonly<z.infer<typeof leftOutShape>>;
/** An environment that a stage names and that is left out, and why: it is not meant, where no other reasons are named. */
export type LeftOut<Reason extends string = NotMeant['reason']> = Omit<NotMeant, 'reason'> & {
  readonly reason: Reason;
};
export type MissingConsentDocument = DeepReadonly<z.infer<typeof missingConsent>>;
export type MatrixEntry = DeepReadonly<z.infer<typeof matrixEntry>>;
export type StagesDocument = DeepReadonly<z.infer<typeof stagesShape>>;
export type EnvironmentsDocument = DeepReadonly<z.infer<typeof environmentsShape>>;
export type TenantsDocument = DeepReadonly<z.infer<typeof tenantsShape>>;
export type InstalledDocument = DeepReadonly<z.infer<typeof installedShape>>;
export type VariablesDocument = DeepReadonly<z.infer<typeof variablesShape>>;
export type MatrixDocument = DeepReadonly<z.infer<typeof matrixShape>>;
