// the tree-shakable half of zod: every start of corectl that reads the environments repository waits for it
import * as z from 'zod/mini';
import {hostPatternForm, parseHostPattern} from '../../oci/host-pattern.ts';
import {isFolder} from '../../oci/reference.ts';

// Every message says what is expected; what was found is added where the shape is applied.

/** A key without a value counts as absent. */
const optional = <Shape extends z.ZodMiniType>(shape: Shape) =>
  z.pipe(
    z.transform((value) => (value === '' ? undefined : value)),
    z.optional(shape),
  );

const text = (expected: string, pattern = /^[^\p{Cc}]+$/u) =>
  z.string({error: expected}).check(z.regex(pattern, {error: expected}));

const name = text(
  'a name of letters, digits, dots, dashes and underscores',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
);

/** A key without a value counts as the empty list. */
const names = z.pipe(
  z.transform((value) => (value === '' ? [] : value)),
  z.array(name, {error: 'a list of names'}).check(z.maxLength(1000, {error: 'at most 1000 names'})),
);

const region = text('a region', /^[a-z0-9][a-z0-9-]{0,62}$/);
// test data has capitals in it, which no registry takes: that is told where a repository follows from it
const projectId = text('a project id', /^(?:[a-z0-9][a-z0-9.-]*:)?[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/);
const projectNumber = text('a project number', /^[0-9]{1,30}$/);
const accountId = text('an account id of 12 digits', /^[0-9]{12}$/);
const containerRegistry = text('the NAME of NAME.azurecr.io', /^[a-zA-Z0-9]{1,50}$/);
// nothing follows from these
const azureNotes = {
  subscriptionId: optional(text('a subscription id')),
  resourceGroupName: optional(text('the name of a resource group')),
  region: optional(text('a region')),
};

const isMapping = (value: unknown) => typeof value === 'object' && !Array.isArray(value);

const vendors = {
  error: ({input}: {readonly input: unknown}) => (isMapping(input) ? 'gcp, aws or azure' : 'a mapping'),
};

/** A platform that everything can follow from. */
export const platformShape = z.discriminatedUnion(
  'vendor',
  [
    z.object({vendor: z.literal('gcp'), projectId, projectNumber, region}),
    z.object({vendor: z.literal('aws'), accountId, region}),
    z.object({vendor: z.literal('azure'), containerRegistry, ...azureNotes}),
  ],
  vendors,
);

/** The value, or none where it cannot be used. */
const usable = <Shape extends z.ZodMiniType>(shape: Shape) => z.catch(z.optional(shape), undefined);

/** What can be used of a platform whose vendor is known. */
export const usablePlatformShape = z.discriminatedUnion(
  'vendor',
  [
    z.object({
      vendor: z.literal('gcp'),
      projectId: usable(projectId),
      projectNumber: usable(projectNumber),
      region: usable(region),
    }),
    z.object({vendor: z.literal('aws'), accountId: usable(accountId), region: usable(region)}),
    z.object({
      vendor: z.literal('azure'),
      containerRegistry: usable(containerRegistry),
      subscriptionId: usable(azureNotes.subscriptionId),
      resourceGroupName: usable(azureNotes.resourceGroupName),
      region: usable(azureNotes.region),
    }),
  ],
  vendors,
);

const registry = z.object(
  {
    url: text(
      'HOST[:PORT]/PATH, or oci:/PATH of a folder, with no placeholders but {tenant}, {stage} and {environment}, and no http://',
      /^(?:oci:\/(?!\/)|(?:https:\/\/)?(?!oci:|\/|.*:\/\/))(?:[A-Za-z0-9._:/[\]-]|\{(?:tenant|stage|environment)\})+$/,
    ),
    plainHttp: optional(z.enum(['true', 'false'], {error: 'true or false'})),
    credentials: optional(
      z.enum(['gcp', 'aws', 'azure', 'docker', 'anonymous'], {
        error: 'gcp, aws, azure, docker or anonymous',
      }),
    ),
  },
  {error: 'a mapping'},
);

const tenantsYaml = z.object(
  {
    tenantsYamlPath: optional(
      text('a path inside the repository', /^(?![/~-])(?!(?:.*\/)?\.\.(?:\/|$))[^\p{Cc}\\]+$/u),
    ),
  },
  {error: 'a mapping'},
);

/** environments/NAME/config.yaml without its platform, which is judged where it is used; every other key is left alone. */
export const environmentShape = z.object(
  {
    environment: name,
    tier: optional(text('a tier')),
    registry: optional(registry),
    tenantsYaml: optional(tenantsYaml),
  },
  {error: 'a mapping'},
);

/** environments/environments.yaml */
export const enabledShape = z.object({enabled: names}, {error: 'a mapping'});

/** One stage below `p2p`. */
export const stageShape = z.object({'default-envs': names, next: optional(names)}, {error: 'a mapping'});

/** tenants/tenants/…/NAME.yaml */
export const tenantShape = z.object(
  {
    name,
    kind: optional(z.enum(['DeliveryUnit', 'OrgUnit'], {error: 'DeliveryUnit, OrgUnit or no kind at all'})),
    owner: optional(text('the name of the owner')),
    environments: names,
  },
  {error: 'a mapping'},
);

const hosts = optional(
  z
    .array(
      z
        .string({error: hostPatternForm})
        .check(z.refine((text) => parseHostPattern(text) !== undefined, {error: hostPatternForm})),
      {error: 'a list of hosts'},
    )
    .check(z.maxLength(1000, {error: 'at most 1000 hosts'})),
);

const folder = 'an absolute path without a colon, . and ..';
const folders = optional(
  z
    .array(z.string({error: folder}).check(z.refine(isFolder, {error: folder})), {error: 'a list of folders'})
    .check(z.maxLength(1000, {error: 'at most 1000 folders'})),
);

const recordKeys = optional(
  z.array(
    text(
      "env://NAME, a key service's URI (awskms://…) or the absolute path of a file",
      /^(?:env:\/\/[A-Za-z_][A-Za-z0-9_]*|(?:awskms|gcpkms|azurekms|hashivault):\/\/[^\p{Cc}\s]+|\/[^\p{Cc}]+)$/u,
    ),
    {
      error: 'a list of keys',
    },
  ),
);

/** What the user allows, in corectl.yaml of the home directory. */
export const consentsShape = z.object(
  {'trusted-hosts': hosts, 'plain-http': hosts, 'trusted-folders': folders, 'record-keys': recordKeys},
  {error: 'a mapping'},
);

/** corectl.yaml of the home directory, or an initialisation file. */
export const settingsShape = z.object(
  {
    repositories: z.object(
      {cplatform: text('the environments repository: a URL or path')},
      {error: 'a mapping'},
    ),
    ref: optional(text('a branch, tag or commit')),
  },
  {error: 'a mapping'},
);
