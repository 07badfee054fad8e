import {stat} from 'node:fs/promises';
import type {Credential} from '../distribution/credential.ts';
import type {Teller} from './teller.ts';

/** What of a credential nobody else may see. */
export function secretIn(credential: Credential): string {
  switch (credential.kind) {
    case 'anonymous':
      return '';
    case 'basic':
      return credential.password;
    case 'identity-token':
    case 'bearer':
      return credential.token;
  }
}

/** Points out a credential file that others on this machine may read. */
export async function warnOfReadable(file: string, {warn}: Teller): Promise<void> {
  const mode = await stat(file).then(
    (status) => status.mode,
    () => 0,
  );
  if ((mode & 0o077) !== 0)
    warn(`credential file ${file} may be read by others (mode ${(mode & 0o777).toString(8)}): chmod 600 it`);
}
