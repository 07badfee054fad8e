import {messageOf} from '../errors.ts';
import {printable} from '../printable.ts';

/** Whom a certificate names, shown by a certificate authority, a log and a timestamp that are trusted. */
export interface CertificateHolder {
  /** Who vouched for the subject: an OpenID Connect issuer. */
  readonly issuer: string;
  readonly subject: string;
  /** When it was signed, as logs and time-stamp authorities say: at least one. */
  readonly times: readonly Date[];
}

/** Verifies bundles with certificates against one trust root. */
export interface CertificateVerifier {
  /** The holder, or why the bundle shows none. `artifact` is what was signed, where that is not in the bundle. */
  holderOf(bundle: object, artifact: Buffer): CertificateHolder | string;
}

/**
 * Reads a trust root in the JSON form that sigstore has for it: certificate authorities, logs and time-stamp authorities.
 * Nothing is fetched. Rejects with an error that says what is wrong with it.
 */
export async function certificateVerifier(trustedRoot: unknown): Promise<CertificateVerifier> {
  const {bundleFromJSON, toSignedEntity, toTrustMaterial, TrustedRoot, Verifier} =
    await import('./sigstore.ts');
  const root = toTrustMaterial(TrustedRoot.fromJSON(trustedRoot));
  if (root.certificateAuthorities.length === 0) throw new Error('it names no certificate authority');
  // what an instance does not have cannot be demanded of its signatures; a trusted time always is
  const verifier = new Verifier(root, {
    ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0,
    tlogThreshold: root.tlogs.length > 0 ? 1 : 0,
    timestampThreshold: 1,
  });
  const verified = (bundle: object, artifact: Buffer): CertificateHolder | string => {
    const entity = toSignedEntity(bundleFromJSON(bundle), artifact);
    const {identity} = verifier.verify(entity);
    const [issuer, subject] = [identity?.extensions?.issuer, identity?.subjectAlternativeName];
    if (issuer === undefined || subject === undefined) return 'its certificate names no issuer or no subject';
    return {issuer, subject, times: timesOf(entity.timestamps)};
  };
  return {
    holderOf(bundle, artifact) {
      try {
        return verified(bundle, artifact);
      } catch (error) {
        return reasonOf(error);
      }
    },
  };
}

type Timestamps = ReturnType<(typeof import('./sigstore.ts'))['toSignedEntity']>['timestamps'];

/** The times of a bundle that is verified. A log's is one only where the log signed it: without its promise it is just a claim. */
function timesOf(timestamps: Timestamps): Date[] {
  return timestamps.flatMap((one) => {
    if (one.$case === 'timestamp-authority') return [one.timestamp.signingTime];
    const {inclusionPromise, integratedTime} = one.tlogEntry;
    return inclusionPromise === undefined ? [] : [new Date(Number(integratedTime) * 1000)];
  });
}

function reasonOf(error: unknown): string {
  const {cause} = error as {cause?: unknown};
  const why = cause === undefined ? '' : ` (${messageOf(cause)})`;
  return printable(`its certificate does not verify: ${messageOf(error)}${why}`);
}
