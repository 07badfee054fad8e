import * as Flags from '@oclif/core/flags';
import type {InferredFlags} from '@oclif/core/interfaces';
import {authOverrideFlags} from './auth-overrides.ts';
import type {BaseCommand} from '../base-command.ts';
import type {Manner} from '../runs/carry-out.ts';
import {lockFlags} from './lock-flags.ts';
import {runFlags} from './run-flags.ts';
import {several} from './several.ts';
import {tenantFlag} from './tenant-flag.ts';
import {yesFlag} from './yes-flag.ts';

const explicit = 'EXPLICIT FORM';
const naming = 'TAGS AND NAMES';

/** The flags of `corectl p2p promote`. */
export const promoteFlags = {
  ...tenantFlag,
  'from-stage': Flags.string({
    helpValue: 'STAGE',
    description: 'the stage that the images have passed',
  }),
  'images-file': Flags.string({
    helpValue: 'FILE',
    description: 'more images, one a line, # begins a comment; - reads them from stdin',
  }),
  'to-stage': Flags.string({
    helpValue: 'STAGE',
    description: 'only this one of the next stages; repeatable',
    ...several,
  }),
  environment: Flags.string({
    char: 'e',
    helpValue: 'ENVIRONMENT',
    description: 'only this destination environment; repeatable',
    ...several,
  }),
  'source-environment': Flags.string({
    helpValue: 'ENVIRONMENT',
    description: "where to read from, instead of the from-stage's first environment",
  }),
  ...authOverrideFlags,
  'dry-run': Flags.boolean({
    description: 'everything but the writing: what would happen, and how many bytes would move',
  }),
  offline: Flags.boolean({
    description: 'with --dry-run: no network, only what the repository tells',
    dependsOn: ['dry-run'],
  }),
  'save-plan': Flags.string({
    helpValue: 'FILE',
    description: 'with --dry-run: write down what would happen, for corectl p2p apply',
    dependsOn: ['dry-run'],
    exclusive: ['offline', 'shard'],
  }),
  'create-repositories': Flags.boolean({
    description: 'create missing ECR repositories, with immutable tags and scan on push',
  }),
  overwrite: Flags.boolean({
    description: 'allow a destination tag to move to another digest',
  }),
  'verify-content': Flags.boolean({
    description: 'look below tags that are right already, and bring back what is gone there',
  }),
  'keep-going': Flags.boolean({
    description: 'leave out environments that turn out unable before anything is written',
    exclusive: ['all-or-nothing'],
  }),
  'all-or-nothing': Flags.boolean({
    description: 'write no tag anywhere unless every destination received all content',
    exclusive: ['shard'],
  }),
  ...yesFlag,
  'override-policy': Flags.string({
    helpValue: 'REASON',
    description: 'promote although what is demanded is not shown; the reason is reported and recorded',
  }),
  referrers: Flags.boolean({
    description: 'take signatures, attestations and SBOMs along, before the tag is written',
    default: true,
    allowNo: true,
  }),
  concurrency: Flags.integer({
    helpValue: 'N',
    description:
      'blobs in flight at once, and requests to one registry; unless given, 4 large and 32 small blobs, and as many requests as it answers quickly',
    min: 1,
    max: 64,
  }),
  ...lockFlags,
  ...runFlags,
  'source-registry': Flags.string({
    helpGroup: explicit,
    helpValue: 'HOST/PATH',
    description: 'registry to read from, or oci:PATH of a folder [env: SOURCE_REGISTRY]',
  }),
  'source-stage': Flags.string({
    helpGroup: explicit,
    helpValue: 'STAGE',
    aliases: ['source-repo-path'],
    description:
      'what follows it before the image; also --source-repo-path [env: SOURCE_STAGE, SOURCE_REPO_PATH]',
  }),
  'dest-registry': Flags.string({
    helpGroup: explicit,
    helpValue: 'HOST/PATH',
    description: 'registry to write to, or oci:PATH of a folder [env: DEST_REGISTRY, REGISTRY]',
  }),
  'dest-stage': Flags.string({
    helpGroup: explicit,
    helpValue: 'STAGE',
    aliases: ['dest-repo-path'],
    description: 'what follows it before the image; also --dest-repo-path [env: DEST_STAGE, DEST_REPO_PATH]',
  }),
  policy: Flags.string({
    helpGroup: explicit,
    helpValue: 'FILE',
    description: 'what is demanded of the images: a file with trust and require, and its keys beside it',
  }),
  tag: Flags.string({
    helpGroup: naming,
    helpValue: 'TAG',
    description: 'also write this tag, which moves without --overwrite; repeatable',
    ...several,
  }),
  'semver-tags': Flags.boolean({
    helpGroup: naming,
    description: 'for a version 1.2.3 also write 1.2 and 1, but never move them back to an earlier version',
  }),
  'semver-tag-template': Flags.string({
    helpGroup: naming,
    helpValue: 'TEMPLATE',
    description:
      'instead of those, tags made of {major} {minor} {patch} {prerelease} {build}, for pre-releases too; repeatable',
    ...several,
  }),
  'dest-image': Flags.string({
    helpGroup: naming,
    helpValue: 'NAME',
    description: 'promote under another name',
  }),
  'dest-path': Flags.string({
    helpGroup: naming,
    helpValue: 'PATH',
    description: 'promote under a path below the stage',
  }),
};

export type PromoteFlags = InferredFlags<typeof promoteFlags & typeof BaseCommand.baseFlags>;

/** How the flags of a promotion want it to be carried out. */
export function mannerOf(flags: PromoteFlags): Manner {
  return {
    dryRun: given(flags['dry-run']),
    overwrite: given(flags.overwrite),
    referrers: flags.referrers,
    verifyContent: given(flags['verify-content']),
    onTrouble: given(flags['keep-going']) ? 'drop' : 'stop',
    allOrNothing: given(flags['all-or-nothing']),
    createRepositories: given(flags['create-repositories']),
  };
}

/**
 * Whether a switch was given. oclif leaves it undefined when it was not, whatever its type says; a default value would count
 * as given where flags exclude each other.
 */
export const given = (flag: boolean | undefined): boolean => flag === true;
