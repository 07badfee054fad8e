import {catalogAccess, type Access} from './access.ts';
import type {Authenticate} from './auth.ts';
import {listCatalog} from './catalog.ts';
import type {RegistrySettings} from './context.ts';
import {json, type Answer, type Exchange, type Handler} from './exchange.ts';
import {RegistryError} from './registry-error.ts';
import {RepositoryStore} from './repository-store.ts';
import {accessFor, routeOf, type RoutedRequest} from './routes.ts';
import type {Storage} from './storage.ts';
import type {UploadSessions} from './upload-sessions.ts';

export interface RegistryParts {
  readonly storage: Storage;
  readonly sessions: UploadSessions;
  readonly settings: RegistrySettings;
  readonly gate: Authenticate;
}

/** The registry as a function: checks what the request may do, then does it. */
export function registryHandler(parts: RegistryParts): Handler {
  return async (exchange) => {
    const {path} = exchange;
    if (path === '/v2/' || path === '/v2') return ping(exchange, parts.gate);
    if (path === '/v2/_catalog') return catalog(exchange, parts);
    const routed = routeOf(exchange);
    if (!routed) return json(404, {errors: [{code: 'UNSUPPORTED', message: 'no such endpoint'}]});
    const {storage, sessions, settings} = parts;
    return versioned(
      await routed.route({
        exchange,
        repository: new RepositoryStore(storage, routed.name),
        reference: routed.reference,
        grant: parts.gate(exchange, accessOf(exchange, routed, settings)),
        storage,
        sessions,
        settings,
      }),
    );
  };
}

function ping(exchange: Exchange, gate: Authenticate): Answer {
  gate(exchange, []);
  return versioned(json(200, {}));
}

async function catalog(exchange: Exchange, {gate, storage, settings}: RegistryParts): Promise<Answer> {
  gate(exchange, [catalogAccess]);
  if (!settings.catalog) throw new RegistryError('UNSUPPORTED', 'this registry has no catalog');
  return versioned(await listCatalog(exchange, storage, settings.tagPageSize));
}

function accessOf(exchange: Exchange, routed: RoutedRequest, {mounts}: RegistrySettings): Access[] {
  const own = accessFor(exchange, routed);
  const from = exchange.method === 'POST' ? new URLSearchParams(exchange.query).get('from') : null;
  return from !== null && mounts === 'refuse' ? [own, {repository: from, actions: ['pull']}] : [own];
}

// clients of the old days ask for it
function versioned(answer: Answer): Answer {
  return {...answer, headers: {...answer.headers, 'docker-distribution-api-version': 'registry/2.0'}};
}
