// A self-signed certificate (RFC 5280) put together by hand: Node signs, and makes keys, but no certificates.
import {generateKeyPairSync, randomBytes, sign, type KeyObject} from 'node:crypto';

export interface SelfSigned {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A new key on P-256 and its certificate for these host names and for 127.0.0.1, which is its own authority. */
export function selfSigned(...hosts: readonly string[]): SelfSigned {
  const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  const about = tbsCertificate(publicKey, ['localhost', ...hosts]);
  const signature = sign('sha256', about, privateKey);
  const der = sequence(about, ecdsaWithSha256, bitString(signature));
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  const cert = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  const key = privateKey.export({type: 'pkcs8', format: 'pem'}).toString();
  return {key, cert, privateKey, publicKey};
}

function tbsCertificate(publicKey: KeyObject, hosts: readonly string[]): Buffer {
  const name = sequence(tagged(0x31, sequence(commonName, tagged(0x0c, Buffer.from('corectl test')))));
  const day = 86_400_000;
  const validity = sequence(time(Date.now() - day), time(Date.now() + day));
  const alternatives = [
    ...hosts.map((host) => tagged(0x82, Buffer.from(host))),
    tagged(0x87, Buffer.from([127, 0, 0, 1])),
  ];
  const extensions = sequence(
    sequence(subjectAltName, octetString(sequence(...alternatives))),
    sequence(basicConstraints, octetString(sequence(tagged(0x01, Buffer.from([0xff]))))),
  );
  return sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({type: 'spki', format: 'der'}),
    tagged(0xa3, extensions),
  );
}

/** Tag, length and content in DER (X.690 §8.1, §10.1). */
function tagged(tag: number, content: Buffer): Buffer {
  const {length} = content;
  const octets = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...octets]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, Buffer.concat(parts));
const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes);
const octetString = (content: Buffer): Buffer => tagged(0x04, content);
const bitString = (content: Buffer): Buffer => tagged(0x03, Buffer.concat([Buffer.from([0]), content]));

/** YYMMDDHHMMSSZ */
const time = (at: number): Buffer =>
  tagged(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));

const commonName = Buffer.from('0603550403', 'hex'); // 2.5.4.3
const subjectAltName = Buffer.from('0603551d11', 'hex'); // 2.5.29.17
const basicConstraints = Buffer.from('0603551d13', 'hex'); // 2.5.29.19
const ecdsaWithSha256 = Buffer.from('300a06082a8648ce3d040302', 'hex'); // 1.2.840.10045.4.3.2
