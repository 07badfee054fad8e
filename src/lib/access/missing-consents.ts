import {isCloudHost, mayBeShown, mayUseFolder, mayUseHttp, type Consents} from '../credentials/consents.ts';
import type {Vendor} from '../credentials/vendor.ts';
import {hostname, registryHost} from '../environments/location.ts';
import type {Environment, Model, Origin} from '../environments/model.ts';
import {isLoopback} from '../http/address.ts';
import {parseHostPattern} from '../oci/host-pattern.ts';
import {isFolderOfImages} from '../layout/folder-of-images.ts';
import {isFolder, layoutPrefix} from '../oci/reference.ts';

/** What an environments repository uses and its user has not allowed, by the key of the settings that would allow it. */
export type WantedConsent =
  | {
      readonly setting: 'trusted-hosts';
      readonly value: string;
      /** Whose token it would be shown; absent for one of the pipeline's that records are signed by. */
      readonly vendor?: Vendor | undefined;
    }
  | {readonly setting: 'plain-http' | 'trusted-folders' | 'record-keys'; readonly value: string};

export type MissingConsent = WantedConsent & {
  /** The names of the environments that use it; none where the repository as a whole does. */
  readonly environments: readonly string[];
  /** Where the first of them says so. */
  readonly origin: Origin;
  /** Without it no image gets there; a cloud's token that is only looked for first has docker's login in its place. */
  readonly needed: boolean;
};

/** The hosts and folders of the enabled environments that lack the user's consent, each once. */
export function missingConsents(
  {environments}: Pick<Model, 'environments'>,
  consents: Consents,
): MissingConsent[] {
  const missing = new Map<string, MissingConsent>();
  for (const environment of environments.values()) {
    if (!environment.enabled) continue;
    const {name, registryOrigin: origin = environment.origin} = environment;
    for (const wanted of wantedBy(environment, consents)) {
      const key = `${wanted.setting} ${wanted.value} ${'vendor' in wanted ? wanted.vendor : ''}`;
      const {environments: others = [], needed = false, ...first} = missing.get(key) ?? {origin};
      const isNeeded = wanted.setting !== 'trusted-hosts' || environment.registry?.credentials !== undefined;
      missing.set(key, {
        ...wanted,
        ...first,
        environments: [...others, name],
        needed: needed || isNeeded,
      });
    }
  }
  return [...missing.values()];
}

function wantedBy(environment: Environment, consents: Consents): WantedConsent[] {
  const place = registryHost(environment);
  if (place === null) return [];
  if (place.startsWith(layoutPrefix)) return folderWanted(place.slice(layoutPrefix.length) || '/', consents);
  const host = hostOrPattern(place.toLowerCase());
  if (host === undefined) return [];
  const registry = {host, plainHttp: environment.registry?.plainHttp ?? isLoopback(hostname(host))};
  const vendor = vendorWanted(environment);
  const http = registry.plainHttp && !isCloudHost(host) && !mayUseHttp(registry, consents);
  const shown = vendor !== undefined && !mayBeShown(vendor, registry, consents);
  return [
    ...(http ? [{setting: 'plain-http', value: host} as const] : []),
    ...(shown ? [{setting: 'trusted-hosts', value: host, vendor} as const] : []),
  ];
}

function folderWanted(folder: string, consents: Consents): WantedConsent[] {
  if (!isFolder(folder) || mayUseFolder(folder, consents) || isFolderOfImages(folder)) return [];
  return [{setting: 'trusted-folders', value: folder}];
}

/** The cloud whose token would go there, named or by the platform. */
function vendorWanted({registry, platform}: Environment): Vendor | undefined {
  const kind = registry?.credentials ?? platform?.vendor;
  return kind === 'docker' || kind === 'anonymous' ? undefined : kind;
}

/** A host with placeholders as the pattern of all that it can be; undefined where they stand where no pattern can. */
function hostOrPattern(host: string): string | undefined {
  const [, below] = /^.*\}[^.]*\.(.*)$/s.exec(host) ?? [];
  return parseHostPattern(below === undefined ? host : `*.${below}`);
}
