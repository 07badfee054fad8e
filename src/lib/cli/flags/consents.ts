import path from 'node:path';
import * as Flags from '@oclif/core/flags';
import type {Consents} from '../../credentials/consents.ts';
import {homeDirectory, settingsFile} from '../../environments/home.ts';
import {allowedIn} from '../../environments/open.ts';
import type {Allowed} from '../../environments/settings.ts';
import {hostPatternForm, parseHostPattern, type HostPattern} from '../../oci/host-pattern.ts';
import {isFolder} from '../../oci/reference.ts';
import {printable} from '../../printable.ts';
import {usageError} from '../../usage-error.ts';
import {several} from './several.ts';

/** The flags by which the user allows what no environments repository can. */
export const consentFlags = {
  'trust-host': Flags.string({
    helpValue: 'HOST',
    description:
      "a host besides the clouds' own registries that may be shown a cloud's token; repeatable [env: CORECTL_TRUSTED_HOSTS]",
    ...several,
  }),
  'plain-http': Flags.string({
    helpValue: 'HOST',
    description: 'a host besides this machine that may be spoken to by http; repeatable',
    ...several,
  }),
  'trust-folder': Flags.string({
    helpValue: 'PATH',
    description: 'a folder below which the environments repository may have images kept; repeatable',
    ...several,
  }),
};

/** The same for commands that write records. */
export const recordKeyFlag = {
  'record-key': Flags.string({
    helpValue: 'KEY',
    description:
      'what records may be signed with where the environments repository or the policy says so: env://NAME, a file, or the URI of a key service; repeatable',
    ...several,
  }),
};

export interface ConsentFlags {
  readonly 'trust-host'?: readonly string[] | undefined;
  readonly 'plain-http'?: readonly string[] | undefined;
  readonly 'trust-folder'?: readonly string[] | undefined;
  readonly 'record-key'?: readonly string[] | undefined;
}

/** What the flags alone allow. Raises `usage` for what is no host and no folder. A key that is none is met by no record. */
export function allowedBy(flags: ConsentFlags, cwd: string): Allowed {
  return {
    trustedHosts: patterns('--trust-host', flags['trust-host']),
    plainHttp: patterns('--plain-http', flags['plain-http']),
    folders: folders(
      '--trust-folder',
      (flags['trust-folder'] ?? []).map((text) => path.resolve(cwd, text)),
    ),
    recordKeys: (flags['record-key'] ?? []).map((text) => keyPlace(text, cwd)),
  };
}

/** All that the user allows, by flags, CORECTL_TRUSTED_HOSTS and the settings. Raises `usage` and `invalid-settings`. */
export async function consentsOf(flags: ConsentFlags, env: NodeJS.ProcessEnv): Promise<Consents> {
  const home = homeDirectory(env);
  const settings = settingsFile(home);
  const kept = await allowedIn(home);
  const said = allowedBy(flags, process.cwd());
  const listed = (env.CORECTL_TRUSTED_HOSTS ?? '').split(',').filter((text) => text.trim() !== '');
  return {
    trustedHosts: [
      ...patterns('--trust-host', flags['trust-host']),
      ...patterns('CORECTL_TRUSTED_HOSTS', listed),
      ...patterns(settings, kept.trustedHosts),
    ],
    plainHttp: [...patterns('--plain-http', flags['plain-http']), ...patterns(settings, kept.plainHttp)],
    folders: [...said.folders, ...folders(settings, kept.folders)],
    recordKeys: [...said.recordKeys, ...kept.recordKeys],
    settings: printable(settings, 300),
  };
}

/** A key of records as consents know it: `env://NAME`, a key service's URI, or an absolute path. */
export const keyPlace = (text: string, cwd: string): string =>
  /^[a-z]+:\/\//.test(text) ? text : path.resolve(cwd, text);

function patterns(where: string, texts: readonly string[] = []): HostPattern[] {
  return texts.map((text) => {
    const pattern = parseHostPattern(text);
    if (pattern !== undefined) return pattern;
    const found = JSON.stringify(printable(text, 100));
    throw usageError('usage', `${where}: expected ${hostPatternForm}, found ${found}`, [
      'write the host as registry.url does, without a scheme and a path',
    ]);
  });
}

function folders(where: string, texts: readonly string[]): string[] {
  return texts.map((text) => {
    if (isFolder(text)) return path.normalize(text).replace(/(?<=.)\/$/, '');
    const found = JSON.stringify(printable(text, 100));
    throw usageError('usage', `${where}: expected a folder's path without a colon, found ${found}`, [
      'write the folder as registry.url does, without oci: and placeholders',
    ]);
  });
}
