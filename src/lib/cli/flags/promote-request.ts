import path from 'node:path';
import {layoutPrefix, type ImageName} from '../../oci/reference.ts';
import {printable} from '../../printable.ts';
import {usageError} from '../../usage-error.ts';
import {firstOf, refuseEmpty} from './named.ts';
import type {PromoteFlags} from './promote-flags.ts';
import {tenantNamed} from './tenant-flag.ts';
import type {ExplicitRequest} from '../../promotion/planning/explicit-plan.ts';
import type {Naming} from '../../promotion/planning/plan.ts';
import type {AnyRequest} from '../../saved-plans/request.ts';

/**
 * Reads flags, and the environment variables that stand in for them; empty variables count as unset. The explicit form
 * applies when one of its flags is given, or when its variables are complete and no flag of the other form is given. Raises
 * `usage` for a mixture, for what is missing, and for a flag without a value: it may have been meant to name something.
 */
export function requestOf(
  images: readonly ImageName[],
  flags: PromoteFlags,
  env: NodeJS.ProcessEnv,
): AnyRequest {
  const fromStage = flags['from-stage'];
  for (const name of [...derivedFlags, ...explicitFlags, 'dest-image'] as const)
    refuseEmpty(name, flags[name]);
  const explicitGiven = explicitFlags.filter((name) => flags[name] !== undefined);
  const derivedGiven = derivedFlags.filter((name) => flags[name] !== undefined);
  if (explicitGiven.length > 0 && derivedGiven.length > 0) throw mixture(explicitGiven, derivedGiven);
  const naming = namingOf(flags);
  if (isExplicit(flags, env)) {
    return {form: 'explicit', images, ...naming, ...completed(partsIn(flags, env))};
  }
  if (fromStage === undefined)
    throw usageError('usage', 'the from-stage is missing', [
      'name it with --from-stage; corectl p2p stages shows the path',
    ]);
  return {
    form: 'derived',
    images,
    ...naming,
    tenant: tenantNamed(flags.tenant, env),
    fromStage,
    toStages: flags['to-stage'] ?? [],
    environments: flags.environment ?? [],
    sourceEnvironment: flags['source-environment'],
  };
}

/** Whether the flags, or else the variables, are for the form with both registries given. */
export function isExplicit(flags: PromoteFlags, env: NodeJS.ProcessEnv): boolean {
  if (explicitFlags.some((name) => flags[name] !== undefined)) return true;
  const complete = Object.values(partsIn(flags, env)).every((value) => value !== undefined);
  return complete && derivedFlags.every((name) => flags[name] === undefined);
}

function partsIn(
  flags: PromoteFlags,
  env: NodeJS.ProcessEnv,
): {readonly [Part in keyof ExplicitParts]: string | undefined} {
  return {
    sourceRegistry: firstOf(flags['source-registry'], env.SOURCE_REGISTRY),
    sourceStage: firstOf(flags['source-stage'], env.SOURCE_STAGE, env.SOURCE_REPO_PATH),
    destRegistry: firstOf(flags['dest-registry'], env.DEST_REGISTRY, env.REGISTRY),
    destStage: firstOf(flags['dest-stage'], env.DEST_STAGE, env.DEST_REPO_PATH),
  };
}

/** The flags that only make sense where the environments repository tells source and destinations. */
const derivedFlags = ['tenant', 'from-stage', 'to-stage', 'environment', 'source-environment'] as const;

const explicitFlags = ['source-registry', 'source-stage', 'dest-registry', 'dest-stage'] as const;

type ExplicitParts = Pick<ExplicitRequest, 'sourceRegistry' | 'sourceStage' | 'destRegistry' | 'destStage'>;

const partNames: Readonly<Record<keyof ExplicitParts, string>> = {
  sourceRegistry: '--source-registry or SOURCE_REGISTRY',
  sourceStage: '--source-stage or SOURCE_STAGE',
  destRegistry: '--dest-registry or DEST_REGISTRY',
  destStage: '--dest-stage or DEST_STAGE',
};

function completed(parts: {[Part in keyof ExplicitParts]: string | undefined}): ExplicitParts {
  const missing = (Object.keys(partNames) as (keyof ExplicitParts)[]).filter(
    (part) => parts[part] === undefined,
  );
  if (missing.length === 0) {
    const {sourceRegistry, destRegistry, ...stages} = parts as ExplicitParts;
    return {...stages, sourceRegistry: located(sourceRegistry), destRegistry: located(destRegistry)};
  }
  const names = missing.map((part) => partNames[part]).join(', ');
  throw usageError('usage', `a registry or stage is missing: ${names}`, [
    'give both registries and both stages, or --tenant and --from-stage',
  ]);
}

function namingOf(flags: PromoteFlags): Naming {
  const versionTemplates = flags['semver-tag-template'] ?? [];
  return {
    tags: flags.tag ?? [],
    versionTags: flags['semver-tags'] || versionTemplates.length > 0,
    versionTemplates,
    destImage: flags['dest-image'],
    destPath: flags['dest-path'],
  };
}

/**
 * A folder by its absolute path: what a user types is below the folder that it is typed in. Raises `invalid-registry` for what
 * is meant for another place than that: everything would be promoted to where nobody looks.
 */
function located(registry: string): string {
  if (!registry.startsWith(layoutPrefix)) return registry;
  const folder = registry.slice(layoutPrefix.length);
  const [, advice] = elsewhere.find(([pattern]) => pattern.test(folder)) ?? [];
  if (advice === undefined) return `${layoutPrefix}${path.resolve(folder)}`;
  throw usageError('invalid-registry', `registry ${JSON.stringify(printable(registry, 300))} is no folder`, [
    advice,
  ]);
}

const elsewhere: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'name the folder: oci:PATH; is a variable empty?'],
  [/^\/\//, 'a registry is written HOST[:PORT][/PATH], without oci://, and a folder oci:PATH'],
  [/^~/, 'no shell makes a home of ~ behind a colon: write oci:$HOME/PATH'],
];

function mixture(explicit: readonly string[], derived: readonly string[]): Error {
  const [these, those] = [explicit, derived].map((flags) => `--${flags.join(', --')}`);
  return usageError('usage', `${these} cannot be combined with ${those}`, [
    'give either the tenant and the from-stage, or both registries',
  ]);
}
