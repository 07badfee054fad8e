import * as z from 'zod/mini';
import {serviceUrl} from '../../credentials/service.ts';

/** The services of a sigstore instance that sign, where its trust root says that they are. */
export interface SigningServices {
  /** Its certificate authority: Fulcio. */
  readonly authority: URL;
  /** Its transparency log: Rekor. Where a trust root names one, an entry in it is demanded. */
  readonly log?: URL | undefined;
  /** Its time-stamp authority, where there is no log. */
  readonly timestamps?: URL | undefined;
}

const validFor = z.optional(z.object({start: z.optional(z.string()), end: z.optional(z.string())}));
const authority = z.object({uri: z.optional(z.string()), validFor});
const shape = z.object({
  certificateAuthorities: z.optional(z.array(authority)),
  tlogs: z.optional(
    z.array(
      z.object({
        baseUrl: z.optional(z.string()),
        publicKey: z.optional(z.object({keyDetails: z.optional(z.string()), validFor})),
      }),
    ),
  ),
  timestampAuthorities: z.optional(z.array(authority)),
});

/**
 * The services of a trust root (sigstore protobuf-specs, sigstore_trustroot.proto) that are valid now, the last of each kind; why
 * records cannot be signed by it, if so. Raises `insecure-endpoint` for an address that is neither https nor of this machine.
 */
export function signingServices(trustedRoot: unknown, now: Date): SigningServices | string {
  const root = shape.safeParse(trustedRoot).data;
  if (root === undefined) return 'it is no trust root';
  const authority = last(root.certificateAuthorities, now);
  if (authority === undefined) return 'it has no address (uri) of a certificate authority';
  if (root.tlogs === undefined || root.tlogs.length === 0) {
    const timestamps = last(root.timestampAuthorities, now);
    if (timestamps === undefined)
      return 'it has no address of a transparency log, and none of a time-stamp authority';
    return {authority: addressOf(authority), timestamps: addressOf(timestamps)};
  }
  const logs = root.tlogs.filter(({publicKey}) => publicKey?.keyDetails !== keyOfVersion2);
  const log = last(
    logs.map(({baseUrl, publicKey}) => ({uri: baseUrl, validFor: publicKey?.validFor})),
    now,
  );
  if (log === undefined) return 'it has no address of a transparency log in its version 1 (Rekor)';
  return {authority: addressOf(authority), log: addressOf(log)};
}

/** All addresses that are spoken to. */
export const addressesOf = ({authority, log, timestamps}: SigningServices): URL[] =>
  [authority, log, timestamps].filter((one) => one !== undefined);

/** Logs of Rekor's version 2 sign with no other; they are written in another way, which is not spoken here. */
const keyOfVersion2 = 'PKIX_ED25519';

function last(
  all: readonly {uri?: string | undefined; validFor?: z.infer<typeof validFor> | undefined}[] | undefined,
  now: Date,
): string | undefined {
  const isOver = (end: string | undefined) => end !== undefined && Date.parse(end) <= now.getTime();
  const hasBegun = (start: string | undefined) => start === undefined || Date.parse(start) <= now.getTime();
  return all
    ?.filter(({uri, validFor}) => uri !== undefined && hasBegun(validFor?.start) && !isOver(validFor?.end))
    .at(-1)?.uri;
}

const addressOf = (text: string): URL => serviceUrl(text, 'p2p.trust.root');
