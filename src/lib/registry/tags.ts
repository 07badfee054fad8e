import {locationOf, type Route} from './context.ts';
import {json} from './exchange.ts';
import {pageOf} from './paging.ts';
import {RegistryError} from './registry-error.ts';

/** GET of the tags, page by page in lexical order (distribution-spec §Listing Tags). */
export const listTags: Route = async (call) => {
  const {repository, exchange, settings} = call;
  if (!(await repository.exists()))
    throw new RegistryError('NAME_UNKNOWN', 'repository name not known to registry');
  const {names, next} = pageOf(await repository.tags(), exchange.query, settings.tagPageSize);
  const path = locationOf({...call, settings: {...settings, locations: 'path'}}, 'tags/list');
  const link = next === undefined ? {} : {link: `<${path}?${next}>; rel="next"`};
  return json(200, {name: repository.name, tags: names}, link);
};
