import {readFileSync} from 'node:fs';
import path from 'node:path';
import {root} from './root.js';

/** The relative links in the Markdown pages among `files` that lead to none of them, or to no heading, one `PAGE: LINK …` each. */
export function deadLinks(files) {
  return files.filter(isPage).flatMap((page) => [
    ...linksOf(page)
      .filter((link) => !leadsTo(resolved(page, link), files))
      .map((link) => `${page}: ${link} is not in the package`),
    ...fragmentsOf(page)
      .filter(({target, heading}) => files.includes(target) && !headingsOf(target).includes(heading))
      .map(({target, heading}) => `${page}: ${target} has no heading #${heading}`),
  ]);
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
  const relative = allLinksOf(page).filter((link) => !link.startsWith('#'));
  return relative.map((link) => link.split('#')[0]);
}

/** Where a page links to a heading of a page, itself included. */
function fragmentsOf(page) {
  return allLinksOf(page)
    .map((link) => link.split('#'))
    .filter(([file, heading]) => heading !== undefined && (file === '' || isPage(file)))
    .map(([file, heading]) => ({target: file === '' ? page : resolved(page, file), heading}));
}

function allLinksOf(page) {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** The names that GitHub gives the headings of a page. */
function headingsOf(page) {
  const headings = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, words]) => words);
  return headings.map((words) =>
    words
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const proseOf = (page) => readFileSync(path.join(root, page), 'utf8').replace(/^```[^]*?^```$/gm, '');

const resolved = (page, link) => path.posix.join(path.posix.dirname(page), link);

/** A folder's link ends in a slash, and leads there where the folder has files. */
const leadsTo = (target, files) =>
  files.some((file) => (target.endsWith('/') ? file.startsWith(target) : file === target));
