// A certificate for 127.0.0.1 and localhost, made by openssl where that is installed.
import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';

/** Key and self-signed certificate (for one more host) as PEM, for `startRegistry({tls})`; nothing where there is no openssl. */
export async function selfSigned(host = 'localhost'): Promise<{key: string; cert: string} | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'corectl-tls-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const what = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  const whom = [
    '-subj',
    '/CN=corectl test',
    '-addext',
    `subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:${host}`,
  ];
  try {
    await promisify(execFile)('openssl', [...what, ...whom, '-keyout', key, '-out', cert]);
    return {key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8')};
  } catch {
    return undefined;
  } finally {
    await rm(folder, {recursive: true});
  }
}
