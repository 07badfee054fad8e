import {isRecord} from '../is-record.ts';
import {isDigest, type Digest} from './digest.ts';
import {ociError} from '../oci-error.ts';
import {printable} from '../printable.ts';

/** What a manifest says of a piece of content (image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** `linux/arm64/v8`, for messages. */
  readonly platform?: string;
  /** Where else the content may be. */
  readonly urls?: readonly string[];
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Reads a descriptor out of a parsed manifest. It comes from outside and ends up in URLs and headers: digest, size and
 * media type are checked. Raises `invalid-descriptor`, naming `where` it stands.
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isRecord(value)) throw invalid(where, 'expected an object');
  const {mediaType, digest, size} = value;
  if (!isDigest(digest)) throw invalid(where, `digest ${shown(digest)} is no supported digest`);
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    throw invalid(where, `size ${shown(size)} is no byte count`);
  if (typeof mediaType !== 'string' || !isMediaType(mediaType))
    throw invalid(where, `mediaType ${shown(mediaType)} is none`);
  return {
    mediaType,
    digest,
    size: size as number,
    ...(isRecord(value.platform) && {platform: platformOf(value.platform)}),
    ...(Array.isArray(value.urls) && {urls: value.urls.filter((url) => typeof url === 'string')}),
    ...(typeof value.artifactType === 'string' && {artifactType: value.artifactType}),
    ...(isRecord(value.annotations) && {annotations: stringsOf(value.annotations)}),
  };
}

/** Whether the text is `type/subtype` by RFC 6838 §4.2, safe to stand in a header. */
function isMediaType(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}\/[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}$/.test(text);
}

function platformOf(platform: Record<string, unknown>): string {
  const parts = [platform.os, platform.architecture, platform.variant];
  return parts.filter((part) => typeof part === 'string' && /^[\w.-]{1,64}$/.test(part)).join('/');
}

function stringsOf(record: Record<string, unknown>): Record<string, string> {
  const strings = Object.entries(record).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(strings);
}

const shown = (value: unknown): string =>
  printable(value === undefined ? 'missing' : JSON.stringify(value), 100);

function invalid(where: string, problem: string): Error {
  return ociError('invalid-descriptor', `invalid descriptor in ${where}: ${problem}`);
}
