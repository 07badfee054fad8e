// The listing that Google's registries give in place of a plain list of tags.
import {json} from '../../src/lib/registry/exchange.ts';
import {RepositoryStore} from '../../src/lib/registry/repository-store.ts';
import type {TestRegistry} from './registry.ts';

/** Has a registry answer to tags/list as Google's do: with all manifests, and with the repositories below; no catalog. */
export function listLikeGoogle({faults, storage}: TestRegistry): void {
  faults.add({path: /^\/v2\/_catalog/, action: {status: 404}});
  faults.add({
    method: 'GET',
    path: /\/tags\/list$/,
    action: {
      intercept: async ({path}) => {
        const name = /^\/v2\/(.+)\/tags\/list$/.exec(path)?.[1] ?? '';
        const names = await storage.list(name);
        const child = names.filter((one) => !one.startsWith('_')).sort();
        const repository = new RepositoryStore(storage, name);
        return json(200, {
          child,
          name,
          tags: await repository.tags(),
          manifest: await manifestsOf(repository),
        });
      },
    },
  });
}

async function manifestsOf(repository: RepositoryStore): Promise<Record<string, unknown>> {
  const tags = await Promise.all(
    (await repository.tags()).map(async (tag) => ({tag, digest: await repository.tagged(tag)})),
  );
  const entries = (await repository.manifests()).map(async (digest) => {
    const tag = tags.filter((one) => one.digest === digest).map((one) => one.tag);
    const {mediaType, bytes} = (await repository.manifest(digest)) ?? {bytes: ''};
    const about = {imageSizeBytes: String(bytes.length), layerId: '', mediaType, tag, timeCreatedMs: '0'};
    return [digest, about] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
