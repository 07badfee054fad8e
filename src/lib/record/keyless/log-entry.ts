import type {X509Certificate} from 'node:crypto';
import * as z from 'zod/mini';
import {callService, type ServiceAnswer, type Via} from '../../credentials/service.ts';
import {envelopeJson, type Envelope} from '../../evidence/dsse.ts';
import {below, refusedBy} from './answers.ts';

const entryShape = z.object({
  body: z.string(),
  integratedTime: z.int(),
  logIndex: z.int(),
  logID: z.string(),
  verification: z.object({
    signedEntryTimestamp: z.string(),
    inclusionProof: z.object({
      logIndex: z.int(),
      treeSize: z.int(),
      rootHash: z.string(),
      hashes: z.array(z.string()),
      checkpoint: z.string(),
    }),
  }),
});

type Entry = z.infer<typeof entryShape>;

/**
 * Writes a signed statement into a transparency log (rekor, openapi.yaml `createLogEntry`, entries of type `dsse` 0.0.1), and gives
 * its entry as a bundle has it. The log keeps hashes of the statement, not itself. Where it has the entry already, because its answer
 * was lost on the way, that one is taken: whoever asked verifies that it is about what was signed. Raises `signing-failed` and what
 * callService raises.
 */
export async function logged(
  log: URL,
  {envelope, certificate}: {readonly envelope: Envelope; readonly certificate: X509Certificate},
  via: Via,
): Promise<object> {
  const name = `the transparency log ${log.host}`;
  const verifiers = [Buffer.from(certificate.toString()).toString('base64')];
  const proposedContent = {envelope: JSON.stringify(envelopeJson(envelope)), verifiers};
  const json = {apiVersion: '0.0.1', kind: 'dsse', spec: {proposedContent}};
  const entries = below(log, 'api/v1/log/entries');
  const written = await callService({...via, name, url: entries, json});
  const known = written.status === 409 ? nameOfKnown(written) : undefined;
  const answer =
    known === undefined ? written : await callService({...via, name, url: below(entries, known)});
  const entry = entryIn(answer);
  if (entry === undefined) throw refusedBy(name, answer);
  return asInBundle(entry);
}

/** The name of the entry that is there (rekor, openapi.yaml `Conflict`), and no more of where it is said to be: the log is asked for it. */
function nameOfKnown({headers: {location}}: ServiceAnswer): string | undefined {
  return /\/([0-9a-f]{64}|[0-9a-f]{80})$/.exec(String(location))?.[1];
}

/** The one entry of an answer, whose name in it is its number. */
function entryIn({document}: ServiceAnswer): Entry | undefined {
  const [first] = Object.values(document);
  return entryShape.safeParse(first).data;
}

const fromHex = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

/** sigstore protobuf-specs, sigstore_rekor.proto `TransparencyLogEntry` */
function asInBundle({body, integratedTime, logIndex, logID, verification}: Entry): object {
  const {inclusionProof: proof, signedEntryTimestamp} = verification;
  return {
    logIndex: String(logIndex),
    logId: {keyId: fromHex(logID)},
    kindVersion: {kind: 'dsse', version: '0.0.1'},
    integratedTime: String(integratedTime),
    inclusionPromise: {signedEntryTimestamp},
    inclusionProof: {
      logIndex: String(proof.logIndex),
      treeSize: String(proof.treeSize),
      rootHash: fromHex(proof.rootHash),
      hashes: proof.hashes.map(fromHex),
      checkpoint: {envelope: proof.checkpoint},
    },
    canonicalizedBody: body,
  };
}
