import type {BaseCommand} from '../base-command.ts';
import {firstOf} from '../flags/named.ts';
import type {PromoteFlags} from '../flags/promote-flags.ts';
import {isExplicit} from '../flags/promote-request.ts';
import {somebodyIsThere} from './somebody-there.ts';
import type {Essentials} from './ask-missing.ts';

/** What a promotion is called with. */
export interface Typed {
  readonly images: readonly string[] | undefined;
  readonly flags: PromoteFlags;
}

/**
 * What is typed and, where a person looks on, what they answer for the tenant, the stage or the image that is missing. Raises
 * what asking raises.
 */
export async function typedOrAsked(
  command: BaseCommand,
  typed: Typed,
  env: NodeJS.ProcessEnv,
): Promise<Typed> {
  const {images = [], flags} = typed;
  const essentials: Essentials = {
    tenant: flags.tenant ?? firstOf(env.P2P_TENANT_NAME, env.TENANT_NAME),
    stage: flags['from-stage'],
    hasImage: images.length > 0 || flags['images-file'] !== undefined,
  };
  const {tenant, stage, hasImage} = essentials;
  if (tenant !== undefined && stage !== undefined && hasImage) return typed;
  if (isExplicit(flags, env) || !somebodyIsThere(command, flags.quiet)) return typed;
  const {askMissing} = await import('./ask-missing.ts');
  const answers = await askMissing(command, essentials, {flags, env});
  return {
    images: answers.image === undefined ? images : [answers.image],
    flags: {...flags, tenant: answers.tenant, 'from-stage': answers.stage},
  };
}
