import {locationOf, type Call, type Route} from './context.ts';
import {json} from './exchange.ts';
import {RegistryError} from './registry-error.ts';

/** GET of the tags, page by page in lexical order (distribution-spec §Listing Tags). */
export const listTags: Route = async (call) => {
  const {repository, exchange} = call;
  const parameters = new URLSearchParams(exchange.query);
  const size = pageSize(parameters.get('n'), call);
  const last = parameters.get('last');
  if (!(await repository.exists()))
    throw new RegistryError('NAME_UNKNOWN', 'repository name not known to registry');
  const rest = (await repository.tags()).filter((tag) => last === null || tag > last);
  const page = rest.slice(0, size);
  const link =
    page.length > 0 && page.length < rest.length ? nextPage(call, size, page.at(-1) ?? '') : undefined;
  return json(200, {name: repository.name, tags: page}, link === undefined ? {} : {link});
};

function pageSize(n: string | null, {settings}: Call): number {
  if (n === null) return settings.tagPageSize;
  if (!/^\d+$/.test(n)) throw new RegistryError('PAGINATION_NUMBER_INVALID', 'n must be a number');
  return Math.min(Number(n), settings.tagPageSize);
}

function nextPage(call: Call, size: number, last: string): string {
  return `<${locationOf({...call, settings: {...call.settings, locations: 'path'}}, 'tags/list')}?n=${size}&last=${last}>; rel="next"`;
}
