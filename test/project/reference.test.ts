import {expect} from 'chai';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {exitCodes} from '../../src/lib/errors.ts';
import {packageFolder} from '../support/cli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(path.join(root, 'docs/reference.md'), 'utf8');
const variablesOfPage = page.slice(page.indexOf('\n## Environment variables\n'));

interface Command {
  readonly hidden?: boolean;
  readonly flags: Readonly<Record<string, {readonly hidden?: boolean; readonly options?: readonly string[]}>>;
}

// those that identify a run for a promotion's record, and what corectl sets for itself, git and libraries
const others =
  /^(CORECTL_(BUILD|ONE_FILE|RELEASE)|HOME|PATH|(CI|CIRCLE|BUILD|BUILDKITE|GITLAB|SYSTEM|GITHUB_(RUN|ACTOR|REPOSITORY|EVENT|PATH))(_\w+)?|GIT_\w+|NODE_ENV|AWS_(EC2|IGNORE|SDK)_\w+)$/;

describe('docs/reference.md', () => {
  const {commands} = JSON.parse(readFileSync(path.join(packageFolder, 'oclif.manifest.json'), 'utf8')) as {
    commands: Record<string, Command>;
  };

  it('has every command with every flag and the values that it takes, and no other command', () => {
    const shown = Object.entries(commands).filter(([, {hidden}]) => hidden !== true);
    for (const [id, {flags}] of shown) {
      const section = sectionOf(`corectl ${id.replaceAll(':', ' ')}`);
      for (const [name, {options = []}] of Object.entries(flags).filter(([, {hidden}]) => hidden !== true)) {
        const row = new RegExp(`^\\| .*\`--(\\[no-\\])?${name}[\` ].* \\| \\S`, 'm').exec(section)?.[0];
        expect(row, `${id} --${name}`).to.be.a('string');
        for (const option of options) expect(row, `${id} --${name}`).to.contain(option);
      }
    }
    expect(page.match(/^## corectl /gm), 'sections').to.have.length(shown.length);
  });

  it('has no template left in it, and no exit code that corectl does not have', () => {
    expect(page).to.not.contain('<%');
    const codes = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(codes).to.not.be.empty;
    expect(Object.values(exitCodes)).to.include.members(codes);
  });

  it('has every environment variable that the sources read', () => {
    const sources = readdirSync(path.join(root, 'src'), {recursive: true})
      .map(String)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(path.join(root, 'src', file), 'utf8'))
      .join('\n');
    const read = [...sources.matchAll(/\benv\.([A-Z][A-Z0-9_]+)\b|\b(CORECTL_[A-Z_]+)\b/g)];
    const names = new Set(read.map(([, one, own]) => one ?? own ?? ''));
    for (const name of names) if (!others.test(name)) expect(variablesOfPage, name).to.contain(`\`${name}\``);
  });
});

function sectionOf(title: string): string {
  const from = page.indexOf(`\n## ${title}\n`);
  expect(from, title).to.be.greaterThan(0);
  return page.slice(from, page.indexOf('\n## ', from + 1));
}
