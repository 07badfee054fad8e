import {readFileSync} from 'node:fs';
import path from 'node:path';
import {root} from './root.js';

/** What CHANGELOG.md says of a version. Raises where it says nothing. */
export function notesOf(version, text = readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8')) {
  const section = text.split(/^## /m).find((part) => part.startsWith(`[${version}]`));
  if (section === undefined) throw new Error(`CHANGELOG.md: expected a heading ## [${version}], found none`);
  return `${section.slice(section.indexOf('\n')).trim()}\n`;
}
