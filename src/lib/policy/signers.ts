import {parseJson} from '../json.ts';
import {certificateVerifier, type CertificateVerifier} from '../evidence/certificates.ts';
import {publicKeyIn, supportedKeys} from '../evidence/public-key.ts';
import type {Signer} from '../evidence/signer.ts';
import {messageOf} from '../errors.ts';
import {printable} from '../printable.ts';
import {repositoryPlaceholder, type Trust, type TrustedIdentity, type TrustFile} from './trust.ts';

/** Reads a file that the policy names; undefined where there is none. */
export type ReadTrustFile = (file: string) => string | undefined;

export interface SignerSources {
  readonly read: ReadTrustFile;
  /** What `{repository}` stands for: `acme/payments`. */
  readonly repositories: readonly string[];
}

/** The signers that identities stand for, or why one stands for none; each file is read once. */
export type Signers = (name: string) => Promise<Signer | string>;

/** Reads keys and the trust root when somebody is asked for. */
export function openSigners(trust: Trust, sources: SignerSources): Signers {
  const known = new Map<string, Promise<Signer | string>>();
  let verifier: Promise<CertificateVerifier | string> | undefined;
  const rootVerifier = () => (verifier ??= openRoot(trust.root, sources.read));
  return (name) => {
    const identity = trust.identities.get(name);
    if (identity === undefined)
      return Promise.resolve(`p2p.trust names nobody ${JSON.stringify(printable(name, 60))}`);
    const signer = known.get(name) ?? openSigner(identity, sources, rootVerifier);
    known.set(name, signer);
    return signer;
  };
}

async function openSigner(
  identity: TrustedIdentity,
  {read, repositories}: SignerSources,
  rootVerifier: () => Promise<CertificateVerifier | string>,
): Promise<Signer | string> {
  if (identity.kind === 'key') return keySigner(identity.key, read);
  const subjects = identity.subjects.flatMap((subject) => filledIn(subject, repositories));
  if (subjects.length === 0)
    return `${identity.name} is ${repositoryPlaceholder}, and the tenant names no repository`;
  const verifier = await rootVerifier();
  if (typeof verifier === 'string') return verifier;
  return {kind: 'certificate', issuer: identity.issuer, subjects, verifier};
}

function keySigner({file}: TrustFile, read: ReadTrustFile): Signer | string {
  const text = read(file);
  if (text === undefined) return `there is no ${printable(file, 120)}`;
  const key = publicKeyIn(text);
  return key ? {kind: 'key', key} : `${printable(file, 120)} is not ${supportedKeys}`;
}

/** One pattern for each repository; none where a repository is wanted and there is none. */
function filledIn(subject: string, repositories: readonly string[]): string[] {
  if (!subject.includes(repositoryPlaceholder)) return [subject];
  // a repository is a name, never a pattern
  const named = repositories.filter((one) => /^[\w.-]+(?:\/[\w.-]+)+$/.test(one));
  return named.map((one) => subject.replaceAll(repositoryPlaceholder, () => one));
}

async function openRoot(
  root: TrustFile | undefined,
  read: ReadTrustFile,
): Promise<CertificateVerifier | string> {
  if (root === undefined) return 'p2p.trust has no root to verify certificates by';
  const text = read(root.file);
  if (text === undefined) return `there is no ${printable(root.file, 120)}`;
  try {
    const value = parseJson(text);
    if (value === undefined) throw new Error('it is no JSON, or nests too deeply');
    return await certificateVerifier(value);
  } catch (error) {
    return printable(`${root.file} is no trust root of sigstore's: ${messageOf(error)}`);
  }
}
