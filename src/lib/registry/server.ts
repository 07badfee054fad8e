import {randomBytes} from 'node:crypto';
import {basicGate, bearerGate, openGate, type AuthOptions, type Authenticate} from './auth.ts';
import type {RegistrySettings} from './context.ts';
import type {Exchange, Handler, Intercept} from './exchange.ts';
import {listen, type Listener, type ListenOptions} from './listener.ts';
import {memoryStorage} from './memory-storage.ts';
import {registryHandler} from './registry-handler.ts';
import type {RequestLog} from './request-log.ts';
import type {Storage} from './storage.ts';
import {tokenIssuer, type TokenIssuer} from './tokens.ts';
import {UploadSessions} from './upload-sessions.ts';

export interface RegistryOptions extends ListenOptions, Partial<RegistrySettings> {
  /** Memory unless told otherwise. */
  readonly storage?: Storage;
  readonly auth?: AuthOptions;
  readonly random?: (size: number) => Buffer;
  /** More for the query of an upload's Location (`flag&sig=a%2Bb`), which must come back as it is. */
  readonly uploadQuery?: string;
  /** The same for the token service where that has a port of its own. */
  readonly interceptTokens?: Intercept;
}

export interface RunningRegistry {
  /** `127.0.0.1:port`, as references name it. */
  readonly host: string;
  readonly url: string;
  readonly storage: Storage;
  readonly log: RequestLog;
  /** Where the auth is `bearer`; with `log` if it is on a port of its own. */
  readonly tokens?: {readonly url: string; readonly log?: RequestLog; revoke(): void};
  /** The registry without its gate and log, for another server to stand in front of. */
  readonly handle: Handler;
  /** Uploads begun and neither finished nor cancelled. */
  openUploads(): number;
  /** Ends everything, open connections and uploads included. */
  close(): Promise<void>;
}

/** Starts an OCI distribution registry (distribution-spec 1.1), on loopback unless told otherwise. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const {storage = memoryStorage(), random = randomBytes} = options;
  const sessions = new UploadSessions(storage, {random, extraQuery: options.uploadQuery ?? ''});
  const settings = settingsOf(options);
  const handlerWith = (gate: Authenticate): Handler => registryHandler({storage, sessions, settings, gate});
  const guard = await startGuard(options, random);
  const guarded = handlerWith(guard.gate);
  const front = await listen(
    (exchange) => (guard.owns(exchange) && guard.issuer ? guard.issuer.handle(exchange) : guarded(exchange)),
    options,
  );
  return {
    host: front.host,
    url: front.url,
    storage,
    log: front.log,
    ...(guard.issuer && {tokens: tokensOf(guard.issuer, guard.listener, front)}),
    handle: handlerWith(openGate),
    openUploads: () => sessions.size,
    close: async () => {
      await Promise.all([front.close(), guard.listener?.close()]);
      await sessions.cancelAll();
    },
  };
}

interface Guard {
  readonly gate: Authenticate;
  readonly issuer?: TokenIssuer;
  /** Where the token service has a port of its own. */
  readonly listener?: Listener;
  /** Whether the request is for the token service on the registry's port. */
  owns(exchange: Exchange): boolean;
}

async function startGuard(options: RegistryOptions, random: (size: number) => Buffer): Promise<Guard> {
  const auth = options.auth ?? {kind: 'none'};
  if (auth.kind === 'none') return {gate: openGate, owns: () => false};
  if (auth.kind === 'basic') return {gate: basicGate(auth), owns: () => false};
  const {users, anonymous = [], ownOrigin = false, service = 'corectl'} = auth;
  const expiresIn = 'expiresIn' in auth ? auth.expiresIn : 300;
  const issuer = tokenIssuer({users, anonymous, expiresIn, random, clock: options.clock ?? Date.now});
  const listener = ownOrigin ? await listen(issuer.handle, tokenListenOptions(options)) : undefined;
  const realm = (exchange: Exchange): string => `${listener?.url ?? exchange.origin}/token`;
  return {
    gate: bearerGate(issuer, {realm, service}),
    issuer,
    ...(listener && {listener}),
    owns: (exchange) => !ownOrigin && exchange.path === '/token',
  };
}

function tokenListenOptions({host, tls, clock, logLimit, interceptTokens}: RegistryOptions): ListenOptions {
  return {
    ...(host !== undefined && {host}),
    ...(tls && {tls}),
    ...(clock && {clock}),
    ...(logLimit !== undefined && {logLimit}),
    ...(interceptTokens && {intercept: interceptTokens}),
  };
}

function tokensOf(
  issuer: TokenIssuer,
  own: Listener | undefined,
  front: Listener,
): RunningRegistry['tokens'] & object {
  const revoke = (): void => {
    issuer.revoke();
  };
  return {url: `${(own ?? front).url}/token`, ...(own && {log: own.log}), revoke};
}

function settingsOf(options: RegistryOptions): RegistrySettings {
  return {
    // the limit of the CNCF distribution registry
    maxManifestBytes: options.maxManifestBytes ?? 4 * 1024 * 1024,
    referrers: options.referrers ?? true,
    mounts: options.mounts ?? true,
    catalog: options.catalog ?? true,
    tagPageSize: options.tagPageSize ?? 1000,
    locations: options.locations ?? 'absolute',
  };
}
