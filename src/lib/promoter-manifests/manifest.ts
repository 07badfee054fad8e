import type {Position} from '../environments/reading/yaml.ts';
import type {Digest} from '../oci/digest.ts';
import type {Tag} from '../oci/reference.ts';

/** A registry, or a part of one, that a manifest promotes from or to. */
export interface Registry extends Position {
  /** As the manifest names it: `prod.example.com/team`. */
  readonly name: string;
  readonly host: string;
  /** What stands before each image's name; empty for the whole registry. */
  readonly path: string;
  readonly plainHttp: boolean;
  /** The account that is to be impersonated there. */
  readonly serviceAccount?: string;
}

export interface PromotedTag extends Position {
  readonly tag: Tag;
}

/** A digest and the tags it is to have; without tags it is promoted all the same. */
export interface PromotedDigest extends Position {
  readonly digest: Digest;
  readonly tags: readonly PromotedTag[];
}

export interface PromotedImage extends Position {
  /** Below each registry's path. */
  readonly name: string;
  readonly digests: readonly PromotedDigest[];
}

/** What one plain manifest says, or the two halves of a thin one. */
export interface PromoterManifest {
  /** For messages: a thin manifest's project, a plain one's file. */
  readonly label: string;
  /** The file that names the registries. */
  readonly file: string;
  /** The file that lists the images: the same one where the manifest is plain. */
  readonly imagesFile: string;
  readonly source: Registry;
  readonly destinations: readonly Registry[];
  readonly images: readonly PromotedImage[];
}
