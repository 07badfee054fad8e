import {homeDirectory} from '../../environments/home.ts';
import {openEnvironments} from '../../environments/open.ts';
import {formatRepository, isRepositoryPath} from '../../oci/reference.ts';
import {stageBefore} from '../../promotion/planning/selection.ts';
import type {BaseCommand} from '../base-command.ts';
import {firstOf} from '../flags/named.ts';
import {placeToRead, type ImageInStage} from '../runs/place-to-read.ts';
import type {AtCursor, Given} from './at-cursor.ts';
import {keptWords} from './kept-words.ts';
import {tenantIn} from './known-words.ts';
import type {ToList} from './listings.ts';

/**
 * The tenant's images where the command will look for them, and the tags of one once its colon is typed: by the registry's
 * listing, as whoever promotions are at their source. Raises what keeps it from being read.
 */
export async function imageWords(command: BaseCommand, here: AtCursor): Promise<string[]> {
  const {typed, command: id = ''} = here;
  const [, name] = /^([^:@]+):/.exec(typed) ?? [];
  if (name === undefined) {
    const names = await kept(command, here, anyImage);
    return names.map((one) => (withTag.includes(id) ? `${one}:` : one));
  }
  if (!isRepositoryPath(name) || id === 'p2p:latest') return [];
  const tags = await kept(command, here, name);
  return tags.map((tag) => `${name}:${tag}`);
}

/** Stands for an image's name where none is known; no image can have it. */
const anyImage = '';

/** Commands that take one version, as opposed to those that take all of an image. */
const withTag = ['p2p:promote', 'p2p:verify'];

async function kept(command: BaseCommand, here: AtCursor, name: string): Promise<readonly string[]> {
  const {given} = here;
  const tenant = tenantIn(given, process.env);
  if (tenant === undefined) return [];
  const place = await placeToRead({name: name || 'image', tenant, ...(await whereOf(here))});
  const what = name === anyImage ? 'images beside' : 'tags of';
  const key = `${what} ${formatRepository(place.repository)}`;
  return keptWords({home: homeDirectory(process.env), key, now: Date.now()}, async () => {
    const {listImages, listTags} = await import('./listings.ts');
    return (name === anyImage ? listImages : listTags)(command, {tenant, place, flags: flagsOf(given)});
  });
}

/** With no more consent than the settings give: a line that is being typed has not been said yet. */
function flagsOf({'ca-file': caFile, 'source-auth-override': file}: Given): ToList['flags'] {
  const override = firstOf(file, process.env.SOURCE_AUTH_OVERRIDE);
  return {verbose: false, quiet: true, 'ca-file': caFile, 'source-auth-override': override};
}

/** Where the command looks for images: what it verifies for a stage is in the one before. */
async function whereOf({command, given}: AtCursor): Promise<Pick<ImageInStage, 'stage' | 'environment'>> {
  const {model} = await openEnvironments(homeDirectory(process.env));
  const [first = ''] = model.stages.keys();
  const {stage = first, environment, 'from-stage': from, 'source-environment': source} = given;
  if (command === 'p2p:promote') return {stage: from ?? first, environment: source};
  if (command !== 'p2p:verify') return {stage, environment};
  return {stage: from ?? stageBefore(model, stage), environment: undefined};
}
