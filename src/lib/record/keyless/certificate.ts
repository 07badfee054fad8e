import {generateKeyPairSync, sign, X509Certificate} from 'node:crypto';
import * as z from 'zod/mini';
import {callService, type Via} from '../../credentials/service.ts';
import {claimsIn} from '../../credentials/web-token.ts';
import {below, refusedBy} from './answers.ts';

/** A key that nobody keeps, and a certificate that says whose it is for some minutes. */
export interface Certified {
  readonly certificate: X509Certificate;
  sign(data: Buffer): Buffer;
}

const answerShape = z.object({
  signedCertificateEmbeddedSct: z.object({chain: z.object({certificates: z.array(z.string())})}),
});

/**
 * Asks a certificate authority to certify a new key for whom a token names (fulcio, fulcio.proto `CreateSigningCertificate`). Raises
 * `signing-failed` and what callService raises.
 */
export async function certifiedFor(authority: URL, token: string, via: Via): Promise<Certified> {
  const {publicKey, privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  const signed = (data: Buffer) => sign('sha256', data, privateKey);
  const answer = await callService({
    ...via,
    name: `the certificate authority ${authority.host}`,
    url: below(authority, 'api/v2/signingCert'),
    json: {
      credentials: {oidcIdentityToken: token},
      publicKeyRequest: {
        publicKey: {
          algorithm: 'ECDSA',
          content: publicKey.export({type: 'spki', format: 'pem'}).toString(),
        },
        proofOfPossession: signed(Buffer.from(subjectOf(token))).toString('base64'),
      },
    },
  });
  const chain = answerShape.safeParse(answer.document).data?.signedCertificateEmbeddedSct.chain;
  const [leaf] = chain?.certificates ?? [];
  if (leaf === undefined) throw refusedBy(`the certificate authority ${authority.host}`, answer);
  return {certificate: new X509Certificate(leaf), sign: signed};
}

/** What is signed to show that the key is the holder's: the e-mail address where the token has one (fulcio, docs/oidc.md). */
function subjectOf(token: string): string {
  const {email, sub} = claimsIn(token);
  return [email, sub].find((one) => typeof one === 'string') ?? '';
}
