import type {Permits} from './access.ts';
import type {Answer, Exchange} from './exchange.ts';
import type {RepositoryStore} from './repository-store.ts';
import type {Storage} from './storage.ts';
import type {UploadSessions} from './upload-sessions.ts';

/** What the registry was told to be. */
export interface RegistrySettings {
  readonly maxManifestBytes: number;
  /** Whether the referrers API is there. */
  readonly referrers: boolean;
  /** `refuse`: a mount from where the credential may not pull is 401 or 403 instead of an upload. */
  readonly mounts: boolean | 'refuse';
  /** Whether the catalog of all repositories is there. */
  readonly catalog: boolean;
  /** The most tags, or repositories of the catalog, on a page. */
  readonly tagPageSize: number;
  /** Whether Location is a whole URL or begins with its path. */
  readonly locations: 'absolute' | 'path';
}

/** A request that has passed the gate, with the repository that it is about. */
export interface Call {
  readonly exchange: Exchange;
  readonly repository: RepositoryStore;
  /** The tag, digest or upload id in the path. */
  readonly reference: string;
  readonly grant: Permits;
  readonly storage: Storage;
  readonly sessions: UploadSessions;
  readonly settings: RegistrySettings;
}

export type Route = (call: Call) => Promise<Answer>;

/** The Location of something in the call's repository. */
export function locationOf({exchange, repository, settings}: Call, below: string): string {
  return `${settings.locations === 'absolute' ? exchange.origin : ''}/v2/${repository.name}/${below}`;
}
