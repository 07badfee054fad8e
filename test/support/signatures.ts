// What signing tools put beside an image, made here byte by byte: every form, every kind of key, and forgeries.
import {constants, generateKeyPairSync, sign, type KeyObject} from 'node:crypto';
import {ed25519ph} from '@noble/curves/ed25519.js';
import {preAuthEncoding} from '../../src/lib/evidence/dsse.ts';
import type {Descriptor} from '../../src/lib/oci/descriptor.ts';
import type {Digest} from '../../src/lib/oci/digest.ts';
import {mediaTypes} from '../../src/lib/oci/media-types.ts';
import {asSubject, pushBlob, pushManifest, tagged} from './registry.ts';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';
import {repositoryOf, type TestSite} from './sites.ts';

/** A key pair, and how its owner signs. */
export interface TestKey {
  readonly pem: string;
  readonly privatePem: string;
  sign(data: Buffer): Buffer;
}

export type KeyKind = 'P-256' | 'P-384' | 'P-384 with SHA-256' | 'Ed25519' | 'Ed25519ph' | 'RSA';

export function testKey(kind: KeyKind = 'P-256'): TestKey {
  const {publicKey, privateKey} = keyPairOf(kind);
  return {
    pem: publicKey.export({type: 'spki', format: 'pem'}).toString(),
    privatePem: privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
    sign: (data) => signWith(kind, privateKey, data),
  };
}

function keyPairOf(kind: KeyKind): {publicKey: KeyObject; privateKey: KeyObject} {
  if (kind === 'RSA') return generateKeyPairSync('rsa', {modulusLength: 2048});
  if (kind.startsWith('Ed25519')) return generateKeyPairSync('ed25519');
  return generateKeyPairSync('ec', {namedCurve: kind.slice(0, 5)});
}

function signWith(kind: KeyKind, key: KeyObject, data: Buffer): Buffer {
  switch (kind) {
    case 'Ed25519':
      return sign(null, data, key);
    case 'Ed25519ph':
      return Buffer.from(ed25519ph.sign(data, Buffer.from(key.export({format: 'jwk'}).d!, 'base64url')));
    case 'P-384':
      return sign('sha384', data, key);
    case 'RSA':
      return sign('sha256', data, {key, padding: constants.RSA_PKCS1_PADDING});
    default:
      return sign('sha256', data, key);
  }
}

/** How what is signed is attached: cosign's tags, the same as a referrer, or a sigstore bundle as a referrer. */
export type Form = 'tag' | 'referrer' | 'bundle';

export interface Attach {
  readonly key: TestKey;
  readonly form?: Form;
  /** What it is attached to, where that is not what it is about. */
  readonly to?: Digest;
}

/** Signs a digest as `cosign sign` does: simple signing, or, in a bundle, a statement that says no more. */
export async function signImage(
  site: TestSite,
  about: Digest,
  {form = 'tag', ...attach}: Attach,
): Promise<void> {
  if (form === 'bundle') {
    await attest(site, about, {...attach, form, type: 'https://sigstore.dev/cosign/sign/v1', predicate: {}});
    return;
  }
  const payload = Buffer.from(simpleSigning(about));
  const annotations = {'dev.cosignproject.cosign/signature': attach.key.sign(payload).toString('base64')};
  const layer = {bytes: payload, mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', annotations};
  await attachLayer(site, attach.to ?? about, {layer, form, suffix: 'sig'});
}

/** The docker-reference is another repository's, as it is after a promotion. */
export const simpleSigning = (digest: Digest): string =>
  JSON.stringify({
    critical: {
      identity: {'docker-reference': 'dev.example.com/elsewhere/app'},
      image: {'docker-manifest-digest': digest},
      type: 'cosign container image signature',
    },
    optional: null,
  });

export interface Attest extends Attach {
  readonly type: string;
  readonly predicate: unknown;
  /** `v0.1` or `v1` */
  readonly statement?: string;
}

/** Attests something about a digest as `cosign attest` does. */
export async function attest(site: TestSite, about: Digest, options: Attest): Promise<void> {
  const {key, form = 'tag', to = about} = options;
  const envelope = envelopeOf(statementOf(about, options), key);
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {publicKey: {hint: 'any'}},
    dsseEnvelope: envelope,
  };
  await (form === 'bundle' ? attachBundle(site, to, bundle) : attachEnvelope(site, to, {envelope, form}));
}

/** Attaches a sigstore bundle as a referrer. */
export async function attachBundle(site: TestSite, to: Digest, bundle: object): Promise<void> {
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  const layer = {bytes: Buffer.from(JSON.stringify(bundle)), mediaType, annotations: {}};
  await attachLayer(site, to, {layer, form: 'bundle', suffix: 'att'});
}

async function attachEnvelope(
  site: TestSite,
  to: Digest,
  {envelope, form}: {envelope: object; form: Form},
): Promise<void> {
  const annotations = {'dev.cosignproject.cosign/signature': ''};
  const mediaType = 'application/vnd.dsse.envelope.v1+json';
  const layer = {bytes: Buffer.from(JSON.stringify(envelope)), mediaType, annotations};
  await attachLayer(site, to, {layer, form, suffix: 'att'});
}

/** An in-toto statement about a digest. */
export function statementOf(
  about: Digest,
  {type, predicate, statement = 'v1'}: Pick<Attest, 'type' | 'predicate' | 'statement'>,
): Buffer {
  const [algorithm = '', hex] = about.split(':');
  const document = {
    _type: `https://in-toto.io/Statement/${statement}`,
    subject: [{name: 'app', digest: {[algorithm]: hex}}],
    predicateType: type,
    predicate,
  };
  return Buffer.from(JSON.stringify(document));
}

/** The statement in a DSSE envelope, signed with the key. */
export function envelopeOf(statement: Buffer, key: Pick<TestKey, 'sign'>): object {
  const payloadType = 'application/vnd.in-toto+json';
  const sig = key.sign(preAuthEncoding(payloadType, statement)).toString('base64');
  return {payloadType, payload: statement.toString('base64'), signatures: [{sig}]};
}

interface Layer {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly annotations: Record<string, string>;
}

/** Under a tag beside the layers that are there, as cosign does it, or as a referrer of its own. */
export async function attachLayer(
  site: TestSite,
  to: Digest,
  {layer, form, suffix}: {layer: Layer; form: Form; suffix: string},
): Promise<void> {
  const repository = repositoryOf(site);
  const empty = {mediaType: 'application/vnd.oci.empty.v1+json'};
  const config = {...empty, ...(await pushBlob(site.registry, repository, Buffer.from('{}')))};
  const {bytes, ...described} = layer;
  const node = {...described, ...(await pushBlob(site.registry, repository, bytes))};
  const tag = form === 'tag' ? `${to.replace(':', '-')}.${suffix}` : undefined;
  const before = tag === undefined ? [] : await layersUnder(site, tag);
  const subject = tag === undefined ? {subject: asSubject(await nodeOf(site, to))} : {};
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [...before, node],
    ...subject,
  };
  await pushManifest(site.registry, repository, tag, document, {mediaType: mediaTypes.ociManifest});
}

async function layersUnder(site: TestSite, tag: string): Promise<unknown[]> {
  const digest = await tagged(site.registry, repositoryOf(site), tag);
  if (digest === undefined) return [];
  const document = JSON.parse((await bytesOf(site, digest)).toString()) as {layers: unknown[]};
  return document.layers;
}

async function nodeOf(site: TestSite, digest: Digest): Promise<Descriptor> {
  const bytes = await bytesOf(site, digest);
  const {mediaType = mediaTypes.ociManifest} = JSON.parse(bytes.toString()) as {mediaType?: string};
  return {mediaType, digest, size: bytes.length};
}

async function bytesOf(site: TestSite, digest: Digest): Promise<Buffer> {
  const found = await new RepositoryStore(site.registry.storage, repositoryOf(site)).manifest(digest);
  if (found === undefined) throw new Error(`no manifest ${digest}`);
  return found.bytes;
}
