import type {Destination} from '../access/place.ts';
import type {Arrival} from '../copy/blob-copier.ts';
import {isDigest} from '../oci/digest.ts';
import type {PlannedImage} from './planning/plan.ts';
import type {DestinationReport} from './report.ts';

/** One destination of one image, as progress tells them apart. */
export interface DestinationKey {
  /** `app:1.2.3` */
  readonly image: string;
  readonly environment: string;
  readonly stage: string | null;
  /** Null for an image that is named by its digest alone. */
  readonly tag: string | null;
}

/** How progress tells a destination of an image apart. */
export function keyOf(
  {label: image}: PlannedImage,
  {label, stage, tagOrDigest}: Destination,
): DestinationKey {
  return {image, environment: label, stage, tag: isDigest(tagOrDigest) ? null : tagOrDigest};
}

/** What happens during a promotion, for whoever draws it. Nothing here decides anything. */
export type PromotionEvent =
  /** The plan is made: every destination that will follow, in order. */
  | {
      readonly kind: 'planned';
      readonly dryRun: boolean;
      readonly destinations: readonly (DestinationKey & {reference: string})[];
    }
  /** An image's source tag was resolved. */
  | {readonly kind: 'resolved'; readonly image: string; readonly digest: string; readonly reference: string}
  /** Preflight told what the destination lacks; bytes of blobs still to come by mount or copy. */
  | ({
      readonly kind: 'checked';
      readonly existing: number;
      readonly missing: number;
      readonly missingBytes: number;
    } & DestinationKey)
  | ({readonly kind: 'copying'} & DestinationKey)
  /** A blob reached the destination, or was found there when it was to; `bytes` is its size. */
  | ({readonly kind: 'blob'; readonly how: Arrival; readonly bytes: number} & DestinationKey)
  /** Bytes left for the destination since the last such event: often, and not more often than each 256 KiB of a blob. */
  | ({readonly kind: 'sent'; readonly bytes: number} & DestinationKey)
  | ({readonly kind: 'tagging'} & DestinationKey)
  /** The destination is done: its final line in the report. */
  | ({readonly kind: 'done'; readonly result: DestinationReport} & DestinationKey)
  /** Something worth a line of its own: a foreign layer skipped, a registry's warning. Printable already. */
  | {readonly kind: 'warning'; readonly message: string};

export type PromotionListener = (event: PromotionEvent) => void;
