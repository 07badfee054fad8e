import {homeDirectory} from '../../environments/home.ts';
import {openEnvironments} from '../../environments/open.ts';
import {messageOf} from '../../errors.ts';
import {printable} from '../../printable.ts';
import {newestVersions} from '../../promotion/newest-version.ts';
import {choose} from '../../ui/choose.ts';
import {shellWord} from '../../ui/shell.ts';
import type {BaseCommand} from '../base-command.ts';
import {listImages, listTags, type ToList} from '../completion/listings.ts';
import type {PromoteFlags} from '../flags/promote-flags.ts';
import {placeToRead} from '../runs/place-to-read.ts';

/** What a promotion cannot do without, as far as it is typed or stands in the environment. */
export interface Essentials {
  readonly tenant: string | undefined;
  readonly stage: string | undefined;
  readonly hasImage: boolean;
}

/** What a promotion is to be called with. */
export interface Answers {
  readonly tenant: string;
  readonly stage: string;
  /** Undefined where images were typed. */
  readonly image: string | undefined;
}

interface Given {
  readonly flags: PromoteFlags;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Asks for the tenant, the stage and the image that a promotion lacks, out of those that there are, and shows the whole
 * command for the next time. Raises `interrupted`, and what reading the environments repository raises.
 */
export async function askMissing(
  command: BaseCommand,
  essentials: Essentials,
  {flags, env}: Given,
): Promise<Answers> {
  const {model} = await openEnvironments(homeDirectory(env));
  const tenants = [...model.tenants.values()].filter(({kind}) => kind !== 'OrgUnit');
  const stages = [...model.stages.values()].filter(({next}) => next.length > 0);
  const tenant = essentials.tenant ?? (await chosen(command, 'tenant', namesOf(tenants)));
  const stage = essentials.stage ?? (await chosen(command, 'from-stage', namesOf(stages)));
  const image = essentials.hasImage ? undefined : await askImage(command, {tenant, stage, flags});
  const added = [
    ...(image === undefined ? [] : [image]),
    ...(essentials.tenant === undefined ? ['--tenant', tenant] : []),
    ...(essentials.stage === undefined ? ['--from-stage', stage] : []),
  ];
  // in front: what is typed may end with -- and images
  const words = ['corectl', 'p2p', 'promote', ...added, ...command.argv];
  command.note(`next time: ${words.map(shellWord).join(' ')}`);
  return {tenant, stage, image};
}

const namesOf = (named: readonly {readonly name: string}[]): string[] => named.map(({name}) => name);

function chosen(command: BaseCommand, what: string, among: readonly string[]): Promise<string> {
  const note = (line: string) => {
    command.note(line);
  };
  return choose({what, among, note, signal: command.interruption()});
}

interface Wanted {
  readonly tenant: string;
  readonly stage: string;
  readonly flags: PromoteFlags;
}

/** Its name and its tag, out of those that the registry lists where it does. */
async function askImage(command: BaseCommand, {tenant, stage, flags}: Wanted): Promise<string> {
  const environment = flags['source-environment'];
  const at = async (name: string): Promise<ToList> => ({
    ...{tenant, flags},
    place: await placeToRead({name, tenant, stage, environment}),
  });
  const list = async (what: string, listing: Promise<readonly string[]>) =>
    flags.offline ? [] : listing.catch(listedAsNone(command, what));
  const names = await list('images', listImages(command, await at('image')));
  const name = await chosen(command, names.length > 0 ? 'image' : 'image (NAME or NAME:TAG)', names);
  if (/[:@]/.test(name)) return name;
  const tags = await list('tags', listTags(command, await at(name)));
  return `${name}:${await chosen(command, 'tag', newestFirst(tags))}`;
}

/** Who knows the name can still type it; an interruption is none of the registry's. */
function listedAsNone(command: BaseCommand, what: string): (error: unknown) => [] {
  return (error) => {
    command.interruption().throwIfAborted();
    command.noteWarning(`the ${what} cannot be listed: ${printable(messageOf(error))}`);
    return [];
  };
}

/** Versions, the newest first, and then what is none. */
function newestFirst(tags: readonly string[]): string[] {
  return [...new Set([...newestVersions(tags), ...tags])];
}
