import {stat} from 'node:fs/promises';
import {basicAuthorization} from '../distribution/token.ts';
import type {Credential} from '../distribution/credential.ts';

/** How corectl tells what it finds on its way to a credential. */
export interface Teller {
  /** One line for the user. */
  readonly warn: (line: string) => void;
  /** Hides a secret from what is printed from now on. */
  readonly mask: (secret: string) => void;
}

export const silent: Teller = {warn: () => undefined, mask: () => undefined};

/**
 * Tells on stderr, each thing once: GitHub Actions takes commands from there as well, and stdout stays one document. Secrets
 * are masked in GitHub Actions only; elsewhere nobody would hide the line itself.
 */
export function tellerOn(write: (text: string) => void, env: NodeJS.ProcessEnv): Teller {
  const told = new Set<string>();
  const once = (text: string) => {
    if (told.has(text)) return;
    told.add(text);
    write(`${text}\n`);
  };
  return {
    warn: (line) => {
      once(`warning: ${line}`);
    },
    mask: (secret) => {
      if (env.GITHUB_ACTIONS === 'true' && secret !== '') once(`::add-mask::${escaped(secret)}`);
    },
  };
}

/** The forms in which a credential could show up. */
export function secretsIn(credential: Credential): string[] {
  switch (credential.kind) {
    case 'anonymous':
      return [];
    case 'basic':
      return [credential.password, basicAuthorization(credential).replace('Basic ', '')];
    case 'identity-token':
    case 'bearer':
      return [credential.token];
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

/** The data of a workflow command. */
const escaped = (text: string): string =>
  text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
