import pLimit from 'p-limit';
import type {Connection} from '../access/connection.ts';
import type {Destination} from '../access/place.ts';
import type {SourcedAttachment} from '../copy/attachments.ts';
import type {Target} from '../copy/target.ts';
import type {CorectlError} from '../errors.ts';
import {previewDestination, type DestinationPreview, type PreflightOptions} from './destination-preview.ts';
import type {Plan, PlannedImage} from './planning/plan.ts';
import {readSource, type FoundImage, type Sourced} from './source-reading.ts';

export interface ImagePreview {
  readonly planned: PlannedImage;
  /** Absent when the image could not be read. */
  readonly found?: FoundImage | undefined;
  /** What belongs to the image without being part of it. */
  readonly attachments: readonly SourcedAttachment[];
  readonly error?: CorectlError | undefined;
  readonly destinations: readonly DestinationPreview[];
}

/** Images that are looked at together. */
const imagesAtOnce = 10;

/**
 * Looks at everything that a promotion will touch: authenticates, resolves each source once, reads the destinations' tags,
 * and finds out what each destination lacks. Reads only. What fails is in the result, told by its side, and so is an
 * interruption. Raises what is wrong with an identity itself, before anybody is asked; rejects for nothing else but bugs.
 */
export function preflight(
  plan: Plan,
  connection: Connection,
  options: PreflightOptions,
): Promise<ImagePreview[]> {
  // what is wrong with an identity shows here, before anybody is asked anything
  const connected = plan.images.map((planned) => connectedWith(planned, connection));
  // more at once would not be answered sooner, and each holds what it has asked for
  const limit = pLimit(imagesAtOnce);
  return Promise.all(connected.map((image) => limit(() => previewImage(image, options))));
}

/** A planned image, with everyone who is to be asked. */
interface Connected extends Sourced {
  readonly targets: readonly {readonly place: Destination; readonly target: Target}[];
}

function connectedWith(planned: PlannedImage, connection: Connection): Connected {
  const {source, otherSources = [], destinations} = planned;
  return {
    planned,
    sources: [source, ...otherSources].map((place) => ({place, source: connection.source(place)})),
    targets: destinations.map((place) => ({place, target: connection.target(place)})),
    limit: connection.limits.preflight,
  };
}

async function previewImage(connected: Connected, options: PreflightOptions): Promise<ImagePreview> {
  const {planned, targets, limit} = connected;
  const reading = readSource(connected, options);
  const destinations = await Promise.all(
    targets.map((one) => previewDestination({planned, reading, limit, ...one}, options)),
  );
  const image = await reading.image;
  const attached = await reading.attachments;
  return {
    planned,
    destinations,
    found: image.found,
    attachments: attached.list ?? [],
    error: image.error ?? attached.error,
  };
}
