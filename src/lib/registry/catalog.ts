import {json, type Answer, type Exchange} from './exchange.ts';
import {pageOf} from './paging.ts';
import {RegistryError} from './registry-error.ts';
import {RepositoryStore} from './repository-store.ts';
import type {Storage} from './storage.ts';

/** GET of the repositories that hold anything, page by page in lexical order, as the CNCF distribution registry lists them. */
export async function listCatalog(
  {method, query}: Exchange,
  storage: Storage,
  pageSize: number,
): Promise<Answer> {
  if (method !== 'GET')
    throw new RegistryError('UNSUPPORTED', `${method} is not supported here`, {headers: {allow: 'GET'}});
  const {names, next} = pageOf((await repositoriesIn(storage)).sort(), query, pageSize);
  const link = next === undefined ? {} : {link: `</v2/_catalog?${next}>; rel="next"`};
  return json(200, {repositories: names}, link);
}

async function repositoriesIn(storage: Storage, path = ''): Promise<string[]> {
  const found: string[] = [];
  for (const name of await storage.list(path)) {
    // what a repository holds begins with an underscore
    if (name.startsWith('_')) continue;
    const inner = path === '' ? name : `${path}/${name}`;
    if (await new RepositoryStore(storage, inner).exists()) found.push(inner);
    found.push(...(await repositoriesIn(storage, inner)));
  }
  return found;
}
