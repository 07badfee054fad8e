import {expect} from 'chai';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(path.join(root, 'SECURITY.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2);

describe('SECURITY.md', () => {
  it('names for each thing that somebody can do a test that is there, or says that there is none', () => {
    expect(rows.length).to.be.greaterThan(10);
    for (const row of rows) {
      const [, , can = '', , shown = ''] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      const files = [...shown.matchAll(/\]\(([^)]+)\)/g)].map(([, file = '']) => file);
      expect(files.length > 0 || shown === 'none yet', can).to.equal(true);
      for (const file of files) expect(existsSync(path.join(root, file)), file).to.equal(true);
    }
  });

  it('says how to report and which versions get fixes', () => {
    expect(page).to.include('## Reporting').and.include('## Supported versions');
  });
});
