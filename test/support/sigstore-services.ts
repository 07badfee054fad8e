// The services of a sigstore instance on loopback: its certificate authority, its log, its time-stamp authority, and the endpoint
// that gives jobs of GitHub Actions their tokens.
import {createHash, createPublicKey, verify, X509Certificate} from 'node:crypto';
import {createServer, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';
import {sigstoreInstance, type Envelope, type Holder, type SigstoreInstance} from './sigstore-instance.ts';

export interface SigstoreServices extends Pick<SigstoreInstance, 'trustedRoot' | 'now'> {
  readonly host: string;
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** Answers that come instead, by path. */
  readonly faults: Map<string, number>;
  /** Of what is written to the log, the answer is lost on the way. */
  loses: boolean;
  /** The log takes whatever is written again for its first entry. */
  confuses: boolean;
  /** What an issuer says of somebody, made out to sigstore. */
  token(holder: Holder): string;
  close(): Promise<void>;
}

/** Whom the endpoint for jobs of GitHub Actions names. */
export const onGitHub: Holder = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/acme/payments/.github/workflows/promote.yaml@refs/heads/main',
};

/** Starts them. */
export async function sigstoreServices(): Promise<SigstoreServices> {
  const requests: string[] = [];
  const faults = new Map<string, number>();
  const started: {instance?: SigstoreInstance} = {};
  const log: Log = {names: new Map(), entries: new Map()};

  const server = createServer((request, response) => {
    void (async () => {
      const {pathname, searchParams} = new URL(request.url ?? '', 'http://any');
      requests.push(pathname);
      const body = await bytesOf(request);
      const fault = faults.get(pathname);
      const known = knownTo(log, {pathname, body, confuses: services.confuses});
      if (known !== undefined) {
        response.writeHead(known.status, {'content-type': known.type, ...known.headers});
        response.end(known.body);
        return;
      }
      const answer =
        fault === undefined && started.instance !== undefined
          ? await answerOf(started.instance, {pathname, body, audience: searchParams.get('audience')})
          : undefined;
      if (pathname === logPath && answer !== undefined) {
        keepIn(log, body, String(answer.body));
        if (services.loses) {
          response.destroy();
          return;
        }
      }
      response.writeHead(answer === undefined ? (fault ?? 404) : answer.status, {
        'content-type': answer?.type ?? 'application/json',
      });
      response.end(answer?.body ?? '{"message":"no"}');
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const instance = await sigstoreInstance(new Date(), `http://${host}`);
  started.instance = instance;
  const services: SigstoreServices = {
    ...{loses: false, confuses: false},
    ...{host, url: `http://${host}`, requests, faults, now: instance.now, token: tokenOf},
    trustedRoot: (of) => instance.trustedRoot(of),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return services;
}

const logPath = '/api/v1/log/entries';

interface Log {
  /** Names of entries by what was written. */
  readonly names: Map<string, string>;
  /** By their names, as they were answered. */
  readonly entries: Map<string, string>;
}

function keepIn({names, entries}: Log, written: Buffer, entry: string): void {
  const name = createHash('sha256').update(written).digest('hex');
  names.set(written.toString(), name);
  entries.set(name, entry);
}

/** As Rekor does: what is there already is refused with its address, and told there. The host of it is nobody's. */
function knownTo(
  {names, entries}: Log,
  {pathname, body, confuses}: {readonly pathname: string; readonly body: Buffer; readonly confuses: boolean},
): (Answer & {readonly headers: Record<string, string>}) | undefined {
  const there = names.get(body.toString());
  const name = confuses && there !== undefined ? [...entries.keys()][0] : there;
  if (pathname === logPath && name !== undefined)
    return {
      ...json({code: 409}, 409),
      headers: {location: `https://elsewhere.example.com${logPath}/${name}`},
    };
  const entry = entries.get(pathname.slice(logPath.length + 1));
  return entry === undefined ? undefined : {...json({}, 200), body: entry, headers: {}};
}

interface Asked {
  readonly pathname: string;
  readonly body: Buffer;
  readonly audience: string | null;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer | string;
}

const json = (value: unknown, status = 201): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

async function answerOf(
  instance: SigstoreInstance,
  {pathname, body, audience}: Asked,
): Promise<Answer | undefined> {
  switch (pathname) {
    case '/api/v2/signingCert':
      return certificateFor(instance, JSON.parse(body.toString()) as CertificateRequest);
    case '/api/v1/log/entries': {
      const {spec} = JSON.parse(body.toString()) as {
        spec: {proposedContent: {envelope: string; verifiers: [string]}};
      };
      const {envelope, verifiers} = spec.proposedContent;
      const certificate = new X509Certificate(Buffer.from(verifiers[0], 'base64'));
      return json(await instance.log(JSON.parse(envelope) as Envelope, certificate.raw));
    }
    case '/api/v1/timestamp':
      return {
        status: 201,
        type: 'application/timestamp-reply',
        body: await instance.timestamp(body.subarray(24, 56)),
      };
    case '/id-token':
      return audience === 'sigstore' ? json({value: tokenOf(onGitHub)}, 200) : undefined;
    default:
      return undefined;
  }
}

interface CertificateRequest {
  readonly credentials: {readonly oidcIdentityToken: string};
  readonly publicKeyRequest: {
    readonly publicKey: {readonly content: string};
    readonly proofOfPossession: string;
  };
}

/** As Fulcio does, which takes no key that its holder does not have. */
async function certificateFor(
  instance: SigstoreInstance,
  {credentials, publicKeyRequest}: CertificateRequest,
): Promise<Answer | undefined> {
  const [, claims = ''] = credentials.oidcIdentityToken.split('.');
  const {iss, sub} = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {iss: string; sub: string};
  const key = createPublicKey(publicKeyRequest.publicKey.content);
  const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
  if (!verify('sha256', Buffer.from(sub), key, proof)) return undefined;
  const certificates = [await instance.certify(key, {issuer: iss, subject: sub})];
  return json({signedCertificateEmbeddedSct: {chain: {certificates}}});
}

function tokenOf({issuer, subject}: Holder): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({alg: 'none'})}.${part({iss: issuer, sub: subject, aud: 'sigstore'})}.canary-signature`;
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
