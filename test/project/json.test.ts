import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect} from 'chai';
import {packageFolder} from '../support/cli.ts';
import {publishedDocuments} from '../support/documents.ts';
import {fieldsOf, jsonPage} from '../support/json-page.ts';
import {jsonSchemaOf, schemaVersion} from '../support/json-schemas.ts';
import {expectPublished, expectPublishedBy} from '../support/published.ts';

const schemas = fileURLToPath(new URL(`../../schemas/${schemaVersion}/`, import.meta.url));
const page = fileURLToPath(new URL('../../docs/json.md', import.meta.url));
const writing = process.env.WRITE_GOLDENS === '1';

describe('JSON documents', () => {
  it('have a schema for each command', () => {
    const file = path.join(packageFolder, 'oclif.manifest.json');
    if (!existsSync(file)) return;
    const {commands} = JSON.parse(readFileSync(file, 'utf8')) as {
      commands: Record<string, {enableJsonFlag: boolean}>;
    };
    const names = Object.keys(commands).filter((id) => commands[id]?.enableJsonFlag === true);
    expect(Object.keys(publishedDocuments), 'test/support/documents.ts').to.include.members(
      names.map((id) => id.replaceAll(':', '-')),
    );
  });

  for (const [name, document] of Object.entries(publishedDocuments)) {
    it(`of ${name} have the schema that is published`, () => {
      const file = path.join(schemas, `${name}.json`);
      const text = `${JSON.stringify(jsonSchemaOf(name, document), null, 2)}\n`;
      if (writing) {
        mkdirSync(schemas, {recursive: true});
        writeFileSync(file, text);
      }
      expect(existsSync(file) ? readFileSync(file, 'utf8') : '', 'npm run goldens writes it').to.equal(text);
    });

    it(`of ${name} have a description of every field`, () => {
      const schema = jsonSchemaOf(name, document);
      const all = [schema, ...Object.values(schema.$defs ?? {})].flatMap((one) => fieldsOf(one));
      expect(all.filter(({description}) => description === '').map((one) => one.path)).to.deep.equal([]);
      expect(all.filter(({type}) => type === '').map((one) => one.path)).to.deep.equal([]);
    });
  }

  it('have no schema that nobody writes', () => {
    const names = Object.keys(publishedDocuments).map((name) => `${name}.json`);
    expect(readdirSync(schemas).sort()).to.deep.equal(names.sort());
  });

  it('are told field by field in docs/json.md', () => {
    if (writing) writeFileSync(page, jsonPage());
    expect(readFileSync(page, 'utf8'), 'npm run goldens writes it').to.equal(jsonPage());
  });
});

describe('what looks at the documents of every test', () => {
  const failure = {ok: false, exitCode: 2, error: {code: 'usage', message: 'm', suggestions: [], side: null}};
  const printed = (stdout: string, args = ['p2p', 'stages', '--json']) => ({args, cwd: '/', stdout, code: 2});

  it('refuses a field that no schema tells, at any depth', () => {
    expectPublished('p2p-stages', failure);
    expect(() => {
      expectPublished('p2p-stages', {...failure, more: 1});
    }).to.throw('fields that schemas/v1/p2p-stages.json does not tell');
    expect(() => {
      expectPublished('error', {...failure, error: {...failure.error, more: 1}});
    }).to.throw('does not tell');
  });

  it('refuses a field that is missing or of another type', () => {
    expect(() => {
      expectPublished('p2p-stages', {...failure, exitCode: '2'});
    }).to.throw('not as schemas/v1/p2p-stages.json tells');
  });

  it('refuses no document, two, and text beside one', () => {
    const text = JSON.stringify(failure);
    expectPublishedBy(printed(text));
    for (const stdout of ['', `${text}\n${text}`, `hello\n${text}`])
      expect(() => {
        expectPublishedBy(printed(stdout));
      }).to.throw('expected one document on stdout');
  });

  it('takes the command from the words, and passes over help and what is no flag', () => {
    expectPublishedBy(printed('help', ['p2p', 'stages', '--json', '--help']));
    expectPublishedBy(printed('text', ['p2p', 'stages', '--', '--json']));
    expectPublishedBy(printed(JSON.stringify(failure), ['p2p', 'stagse', '--json']));
  });
});
