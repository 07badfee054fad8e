import type {Place} from '../../access/place.ts';
import {leftOutOfCheck} from '../../access/places-to-check.ts';
import type {LeftOut} from '../../environments/documents.ts';
import {cloneDirectory, homeDirectory} from '../../environments/home.ts';
import type {Model} from '../../environments/model.ts';
import {openEnvironments} from '../../environments/open.ts';
import {CorectlError, exitCodes} from '../../errors.ts';
import {parseImageName, type ImageName} from '../../oci/reference.ts';
import {chainOf, readRecordedImages, type HistoryEntry, type RecordedImage} from '../../promotion/history.ts';
import {placesOfImage, type ImageSought} from '../../promotion/planning/image-places.ts';
import {leftOutLine} from '../../ui/left-out.ts';
import type {AuthOverrideFlags} from '../flags/auth-overrides.ts';
import type {BaseCommand} from '../base-command.ts';
import {trustedBy} from './demands.ts';
import {identitiesBy, withRegistries} from './with-registries.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';

/** An image with a tag, a digest or neither. Raises `invalid-reference`. */
export function parseSought(text: string): ImageName {
  if (/[:@]/.test(text)) return parseImageName(text);
  const {name} = parseImageName(`${text}:any`);
  return {name};
}

/**
 * The promotions by which an image came where it is, the first one first; what was not looked at is said on stderr. Raises
 * `invalid-reference`, and `image-not-found` (exit code 3) for an image that is nowhere.
 */
export async function imageHistory(
  command: BaseCommand,
  {image, ...sought}: Omit<ImageSought, 'stages'>,
  flags: AuthOverrideFlags & NetworkFlags,
): Promise<HistoryEntry[]> {
  const wanted = {...sought, image: parseSought(image), stages: []};
  const {recorded, places, leftOut, untold} = await readHistory(command, wanted, flags);
  if (leftOut.length > 0) command.note(leftOutLine(leftOut));
  untold.forEach(command.noteWarning);
  if (recorded.length === 0) throw nowhere(image, places.length);
  return chainOf(recorded);
}

export interface FoundHistory {
  readonly recorded: readonly RecordedImage[];
  readonly places: readonly Place[];
  /** What stages name besides. */
  readonly leftOut: readonly LeftOut[];
  /** What a registry does not tell, and what was not looked at, a sentence each. */
  readonly untold: readonly string[];
}

/** What is recorded of an image at its places, by the environments repository and whoever it trusts. */
export async function readHistory(
  command: BaseCommand,
  {image, ...sought}: Omit<ImageSought, 'image'> & {readonly image: ImageName},
  flags: AuthOverrideFlags & NetworkFlags,
): Promise<FoundHistory> {
  const home = homeDirectory(process.env);
  const {model} = await openEnvironments(home);
  const places = placesOfImage(model, {...sought, image: image.name});
  const {signers, unusable} = await signersOf(model, sought.tenant, cloneDirectory(home));
  for (const why of unusable) command.noteWarning(`records of ${why}`);
  const parties = {tenant: sought.tenant, destinations: places.map(({label}) => [label])};
  const untold: string[] = [];
  const recorded = await withRegistries(
    command,
    {flags, readOnly: true, identities: identitiesBy(flags, parties)},
    ({connection}) =>
      readRecordedImages({
        ...{places, connection, signers, digest: image.digest, tag: image.tag},
        untold: (message) => untold.push(message),
        unreadable: command.noteWarning,
      }),
  );
  return {recorded, places, leftOut: leftOutOfCheck(model, sought), untold};
}

function nowhere(image: string, places: number): CorectlError {
  return new CorectlError({
    code: 'image-not-found',
    message: `${JSON.stringify(image)} is in none of ${places} repositories`,
    suggestions: ['check the tag, and with corectl p2p stages --tenant where it should be'],
    exitCode: exitCodes.imageNotFound,
  });
}

async function signersOf(model: Model, tenant: string, clone: string) {
  const {recordSigners} = await import('../../policy/record-signers.ts');
  const {trust, requires, ...sources} = trustedBy(model, tenant, clone);
  return recordSigners(trust, requires, sources);
}
