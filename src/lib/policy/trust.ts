import type {Located, Origin, Problem} from '../environments/model.ts';
import {fieldsOf, oneOrMore, refuse, textOf} from './reading.ts';

/** Whose word counts, and by which trust root certificates are verified. */
export interface Trust {
  /** A file with sigstore's trusted root. */
  readonly root?: TrustFile | undefined;
  readonly identities: ReadonlyMap<string, TrustedIdentity>;
  readonly problems: readonly Problem[];
}

/** A file that the policy names, relative to where the policy is. */
export interface TrustFile {
  readonly file: string;
  readonly origin: Origin;
}

export type TrustedIdentity = {readonly name: string; readonly origin: Origin} & (
  | {readonly kind: 'key'; readonly key: TrustFile}
  | {readonly kind: 'certificate'; readonly issuer: string; readonly subjects: readonly string[]}
);

/** What stands for the tenant's repositories in a subject. */
export const repositoryPlaceholder = '{repository}';

/** Reads `p2p.trust`; without it nobody is trusted. */
export function parseTrust(node: Located | undefined): Trust {
  const problems: Problem[] = [];
  if (node === undefined) return {identities: new Map(), problems};
  if (!('map' in node)) {
    refuse(node, 'a mapping of names to identities', problems);
    return {identities: new Map(), problems};
  }
  const {root, ...named} = node.map;
  const identities = Object.entries(named)
    .map(([name, one]) => parseIdentity(name, one, problems))
    .filter((one) => one !== undefined);
  const rootFile = root && trustFile(root, problems);
  for (const {kind, origin} of identities) {
    if (kind === 'certificate' && root === undefined)
      problems.push({...origin, message: 'expected trust.root beside an issuer, found none'});
  }
  return {
    ...(rootFile && {root: rootFile}),
    identities: new Map(identities.map((one) => [one.name, one])),
    problems,
  };
}

function parseIdentity(name: string, node: Located, problems: Problem[]): TrustedIdentity | undefined {
  const {key, issuer, subject} = fieldsOf(node, ['key', 'issuer', 'subject'], problems);
  if (!('map' in node)) return undefined;
  if (key !== undefined && issuer === undefined && subject === undefined) {
    const file = trustFile(key, problems);
    return file && {name, origin: node.origin, kind: 'key', key: file};
  }
  if (key !== undefined || issuer === undefined || subject === undefined) {
    refuse(node, 'either key, or issuer and subject', problems);
    return undefined;
  }
  const from = issuerUrl(issuer, problems);
  const subjects = oneOrMore(subjectPattern)(subject, problems);
  return from !== undefined && subjects
    ? {name, origin: node.origin, kind: 'certificate', issuer: from, subjects}
    : undefined;
}

const issuerUrl = textOf('the URL of an OpenID Connect issuer', /^https?:\/\/[^\s\p{Cc}*]+$/u);

// a pattern that begins with a star would let everyone's repository through
const subjectPattern = textOf(
  'a subject that says more than *, such as https://github.com/{repository}/.github/workflows/*@refs/heads/main',
  /^[^\s\p{Cc}*][^\s\p{Cc}]+$/u,
);

const path = textOf('a path inside the repository', /^(?![/~-])(?!(?:.*\/)?\.\.(?:\/|$))[^\p{Cc}\\]+$/u);

function trustFile(node: Located, problems: Problem[]): TrustFile | undefined {
  const file = path(node, problems);
  return file === undefined ? undefined : {file, origin: node.origin};
}
