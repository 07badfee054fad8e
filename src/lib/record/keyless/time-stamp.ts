import {createHash} from 'node:crypto';
import {callService, type Via} from '../../credentials/service.ts';
import {refusedBy} from './answers.ts';

/** A request for a time-stamp over a SHA-256, with the authority's certificate (RFC 3161 §2.4.1), up to the hash; and after it. */
const before = Buffer.from('30390201013031300d060960864801650304020105000420', 'hex');
const after = Buffer.from('0101ff', 'hex');

/**
 * Has a time-stamp authority say when a signature was there (RFC 3161 §3.4), and gives that as a bundle has it. Raises
 * `signing-failed` and what callService raises.
 */
export async function timeStamped(authority: URL, signature: Buffer, via: Via): Promise<object> {
  const name = `the time-stamp authority ${authority.host}`;
  const hash = createHash('sha256').update(signature).digest();
  const answer = await callService({
    ...via,
    name,
    url: authority,
    headers: {accept: 'application/timestamp-reply'},
    content: {type: 'application/timestamp-query', bytes: Buffer.concat([before, hash, after])},
  });
  const isTimestamp = answer.status >= 200 && answer.status < 300 && answer.body.length > 0;
  if (!isTimestamp) throw refusedBy(name, answer);
  return {signedTimestamp: answer.body.toString('base64')};
}
