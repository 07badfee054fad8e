import type {Environment} from '../environments/model.ts';
import type {Side} from '../errors.ts';
import type {LayoutPlace, Place, RegistryPlace} from './place.ts';
import {RemoteRepository} from '../copy/remote-repository.ts';
import type {Source} from '../copy/source.ts';
import type {Target} from '../copy/target.ts';
import {mayUseFolder, noConsents, type Consents} from '../credentials/consents.ts';
import {registryOwner, untrustedFolder} from '../credentials/untrusted.ts';
import {Authorizer} from '../distribution/authorizer.ts';
import type {Identity} from '../distribution/credential.ts';
import type {Session} from '../distribution/session.ts';
import {Pace} from '../http/pace.ts';
import {isFolderOfImages} from '../layout/folder-of-images.ts';
import {Layout} from '../layout/layout.ts';
import {LayoutRepository} from '../layout/layout-repository.ts';
import {isLayout, repositoryKey, type LayoutDirectory} from '../oci/reference.ts';
import {defaultRetryPolicy, type RetryPolicy} from '../http/retry.ts';
import {Wire, type Limits, type WireOptions} from '../http/wire.ts';

export interface ConnectionOptions extends WireOptions {
  readonly identityOf: (place: RegistryPlace, side: Side) => Identity;
  readonly retries?: Partial<RetryPolicy>;
  /** The most requests in flight to one host. */
  readonly requestsPerHost?: number | undefined;
  /** Destinations are asked for no more than reading: what may not be written can still be compared. */
  readonly readOnly?: boolean;
  /** Folders of corectl's own, which hold no layouts. */
  readonly ownFolders?: readonly string[];
  /** What the user allows: in which folders the environments repository may have images kept. */
  readonly consents?: Consents;
  readonly signal?: AbortSignal | undefined;
}

/** Sessions with all registries of a run: one wire and one pace for all, one identity for each environment and side. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #wire: Wire;
  readonly #pace: Pace;
  readonly #policy: RetryPolicy;
  readonly #authorizers = new Map<string, Authorizer>();
  readonly #patchHosts = new Set<string>();
  readonly #layouts = new Map<string, Layout>();
  readonly #foldersOfImages = new Map<string, boolean>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#wire = new Wire(options);
    this.#pace = new Pace(options.requestsPerHost);
    this.#policy = {...defaultRetryPolicy, ...options.retries};
  }

  /** Time limits in milliseconds. */
  get limits(): Limits {
    return this.#wire.limits;
  }

  /** One repository as the identity of its environment on that side. Raises what keeps that identity from going there. */
  session(place: RegistryPlace, side: Side): Session {
    const {identityOf} = this.#options;
    const key = `${side} ${place.label}`;
    let authorizer = this.#authorizers.get(key);
    if (authorizer === undefined) {
      authorizer = new Authorizer(identityOf(place, side), this.#wire, this.#pace, this.#policy);
      this.#authorizers.set(key, authorizer);
    }
    authorizer.identity.checkRegistry?.(place.repository);
    const access = side === 'source' || this.#options.readOnly === true ? 'pull' : 'pull,push';
    return {
      wire: this.#wire,
      pace: this.#pace,
      policy: this.#policy,
      authorizer,
      repository: place.repository,
      access,
      patchHosts: this.#patchHosts,
      side,
      signal: this.#options.signal,
    };
  }

  /** Where an image is read. */
  source(place: Place): Source {
    return this.repository(place, 'source');
  }

  /** Where an image is written. */
  target(place: Place): Target {
    return this.repository(place, 'destination');
  }

  /** One repository, as whoever corectl is there on that side. */
  repository(place: Place, side: Side): Target {
    const {repository} = place;
    return isLayout(repository)
      ? new LayoutRepository({
          layout: this.layout({...place, repository}),
          side,
          signal: this.#options.signal,
        })
      : new RemoteRepository(this.session({...place, repository}, side));
  }

  /**
   * A folder, the same for all who ask in a run. Raises `untrusted-folder` for one that an environment names, that the user
   * has not allowed, and in which there is more than images; one that the user named needs no consent.
   */
  layout({environment, repository}: LayoutPlace): Layout {
    const {ownFolders: keepOut = []} = this.#options;
    const within = environment === null ? undefined : this.#foldersFor(environment, repository);
    const key = repositoryKey(repository);
    const layout = this.#layouts.get(key) ?? new Layout(repository, {keepOut, within});
    this.#layouts.set(key, layout);
    return layout;
  }

  /** The folders in which an environment's images may be. */
  #foldersFor(environment: Environment, repository: LayoutDirectory): readonly string[] {
    const {consents = noConsents} = this.#options;
    const {directory, below = directory} = repository;
    if (mayUseFolder(directory, consents)) return consents.folders;
    // looked at once: what is promoted makes folders in it
    const isMade = this.#foldersOfImages.get(below) ?? isFolderOfImages(below);
    this.#foldersOfImages.set(below, isMade);
    if (!isMade) throw untrustedFolder(repository, {whose: registryOwner(environment), consents});
    return [...consents.folders, below];
  }

  /** Closes the connections. */
  close(): void {
    this.#wire.close();
  }
}
