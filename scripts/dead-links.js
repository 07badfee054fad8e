import {readFileSync} from 'node:fs';
import path from 'node:path';
import {root} from './root.js';

/** The relative links in the Markdown pages among `files` that lead to none of them, one `PAGE: LINK …` each. */
export function deadLinks(files) {
  return files.filter(isPage).flatMap((page) =>
    linksOf(page)
      .filter((link) => !leadsTo(resolved(page, link), files))
      .map((link) => `${page}: ${link} is not in the package`),
  );
}

/** The pages of docs/ among `files` that no chain of links from README.md leads to, one `PAGE …` each. */
export function pagesOutOfReach(files) {
  const reached = new Set(['README.md']);
  for (const page of reached)
    for (const link of linksOf(page)) {
      const found = files.filter((file) => isPage(file) && leadsTo(resolved(page, link), [file]));
      for (const file of found) reached.add(file);
    }
  return files
    .filter((file) => isPage(file) && file.startsWith('docs/') && !reached.has(file))
    .map((page) => `${page}: no chain of links from README.md leads there`);
}

const isPage = (file) => file.endsWith('.md');

/** The relative links of a page, without what follows a #. */
function linksOf(page) {
  const text = readFileSync(path.join(root, page), 'utf8').replace(/^```[^]*?^```$/gm, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  return links.filter((link) => !/^([a-z]+:|#)/.test(link)).map((link) => link.split('#')[0]);
}

const resolved = (page, link) => path.posix.join(path.posix.dirname(page), link);

/** A folder's link ends in a slash, and leads there where the folder has files. */
const leadsTo = (target, files) =>
  files.some((file) => (target.endsWith('/') ? file.startsWith(target) : file === target));
