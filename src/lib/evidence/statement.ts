import {isRecord} from '../is-record.ts';
import {isDigest, type Digest} from '../oci/digest.ts';
import {parseJson} from '../json.ts';

/** What an in-toto statement says about its subjects (in-toto attestation, statement.md). */
export interface Statement {
  readonly subjects: ReadonlySet<Digest>;
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** The two forms that are in use; they differ in nothing that is read here. */
const statementTypes: readonly unknown[] = [
  'https://in-toto.io/Statement/v0.1',
  'https://in-toto.io/Statement/v1',
];

/** Reads a statement; undefined for what is none. */
export function statementIn(payload: Buffer): Statement | undefined {
  const document = parseJson(payload);
  if (!isRecord(document) || !statementTypes.includes(document._type)) return undefined;
  const {subject, predicateType, predicate} = document;
  if (!Array.isArray(subject) || typeof predicateType !== 'string') return undefined;
  return {subjects: new Set(subject.flatMap(digestsOf)), predicateType, predicate};
}

function digestsOf(subject: unknown): Digest[] {
  const digests = isRecord(subject) && isRecord(subject.digest) ? Object.entries(subject.digest) : [];
  return digests.flatMap(([algorithm, hex]) => {
    // what is no text may be an object that refuses to become one
    const digest = typeof hex === 'string' ? `${algorithm}:${hex}` : undefined;
    return isDigest(digest) ? [digest] : [];
  });
}
