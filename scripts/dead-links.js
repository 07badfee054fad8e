import {readFileSync} from 'node:fs';
import path from 'node:path';
import {root} from './root.js';

/** The relative links in the Markdown pages among `files` that lead to none of them, one `PAGE: LINK …` each. */
export function deadLinks(files) {
  return files.filter((file) => file.endsWith('.md')).flatMap((page) => deadIn(page, files));
}

function deadIn(page, files) {
  const text = readFileSync(path.join(root, page), 'utf8').replace(/^```[^]*?^```$/gm, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  const relative = links.filter((link) => !/^([a-z]+:|#)/.test(link)).map((link) => link.split('#')[0]);
  return relative
    .filter((link) => !leadsTo(path.posix.join(path.posix.dirname(page), link), files))
    .map((link) => `${page}: ${link} is not in the package`);
}

/** A folder's link ends in a slash, and leads there where the folder has files. */
const leadsTo = (target, files) =>
  files.some((file) => (target.endsWith('/') ? file.startsWith(target) : file === target));
