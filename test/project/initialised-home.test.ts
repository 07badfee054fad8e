import {expect} from 'chai';
import {mkdirSync, readdirSync, readFileSync, readlinkSync, statSync} from 'node:fs';
import path from 'node:path';
import {runCli} from '../support/cli.ts';
import {sampleRepository} from '../support/environments-repository.ts';
import {commit, remove, temporaryFolder} from '../support/git.ts';
import {initialise} from '../support/initialised-home.ts';

describe('a home that tests begin with', function () {
  it('is what `corectl init` makes', async () => {
    const work = temporaryFolder();
    const repository = path.join(work, 'repository');
    commit(repository, sampleRepository);
    const [made, begun] = ['made', 'begun'].map((name) => path.join(work, name)) as [string, string];
    for (const home of [made, begun]) mkdirSync(home);
    const {code, stderr} = await runCli(['init', '-e', repository], {home: made});
    expect(code, stderr).to.equal(0);
    await initialise(begun, repository);
    expect(contentsOf(begun)).to.deep.equal(contentsOf(made));
    remove(work);
  });
});

/** All that is in a folder, without what is different each time: the clone's name, and moments. */
function contentsOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, {recursive: true, withFileTypes: true});
  const found = entries.map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return [without(path.relative(folder, file)), contentOf(file, entry)] as const;
  });
  expect(found.length).to.be.greaterThan(40);
  return Object.fromEntries(found);
}

function contentOf(file: string, entry: {isFile(): boolean; isDirectory(): boolean}): string {
  if (!entry.isFile() && !entry.isDirectory()) return `a link to ${without(readlinkSync(file))}`;
  const mode = (statSync(file).mode & 0o777).toString(8);
  // git's index tells when each file was written, and its log when the checkout was
  if (entry.isDirectory() || /\/(?:index|logs\/HEAD)$/.test(file)) return mode;
  return `${mode} ${without(readFileSync(file, 'latin1'))}`;
}

const without = (text: string): string => text.replaceAll(/clone-\w{6}/g, 'clone-…');
