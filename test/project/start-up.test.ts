import {expect} from 'chai';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {packageFolder} from '../support/cli.ts';

const dist = path.join(packageFolder, 'dist');

// text that only the library's own code has
const libraries = {
  'the AWS SDK': 'AmazonEC2ContainerRegistry_V20150921',
  '@azure/identity': 'msal',
  'google-auth-library': 'workforcePoolUserProject',
} as const;

/** The files that are loaded with an entry: what it imports, and what that imports, but for `import()`. */
function loadedWith(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const imports = readFileSync(entry, 'utf8').matchAll(/(?:\bfrom|\bimport) ?["'](\.{1,2}\/[^"']+)["']/g);
  for (const [, file = ''] of imports) loadedWith(path.resolve(path.dirname(entry), file), seen);
  return seen;
}

const files = readdirSync(dist, {recursive: true, encoding: 'utf8'}).filter((file) => file.endsWith('.js'));

describe('starting up', () => {
  for (const entry of files.filter((file) => !file.startsWith('chunks'))) {
    it(`${entry} loads no library of a cloud`, () => {
      const loaded = [...loadedWith(path.join(dist, entry))].map((file) => readFileSync(file, 'utf8'));
      for (const [name, text] of Object.entries(libraries))
        expect(loaded.filter((content) => content.includes(text)).length, name).to.equal(0);
    });
  }

  it('could tell by their text', () => {
    const all = files.map((file) => readFileSync(path.join(dist, file), 'utf8')).join('\n');
    for (const text of Object.values(libraries)) expect(all).to.contain(text);
  });
});
