import {expect} from 'chai';
import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parse} from 'yaml';
import {commit, git, remove, temporaryFolder} from '../support/git.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const evaluate = (script: string, expression: string) =>
  execFileSync(
    process.execPath,
    ['--input-type=module', '-e', `import * as it from '${root}scripts/${script}'; ${expression}`],
    {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']},
  );

describe('a release', () => {
  it('has its notes from the version in the changelog, and is refused without them', () => {
    const text = JSON.stringify('# Changes\n\n## [1.1.0]\n\n- new\n\n## [1.0.0]\n\n- old\n');
    expect(evaluate('release-notes.js', `console.log(it.notesOf('1.1.0', ${text}))`).trim()).to.equal(
      '- new',
    );
    expect(() => evaluate('release-notes.js', `it.notesOf('2.0.0', ${text})`)).to.throw(
      /expected a heading ## \[2\.0\.0\]/,
    );
  });

  it('names each system with its own checksum in the formula', () => {
    const sums = '{"darwin-arm64":"1a","darwin-x64":"2b","linux-arm64":"3c","linux-x64":"4d"}';
    const about = '{version:"1.0.0",summary:"s",homepage:"https://example.com/corectl",license:"MIT"}';
    const formula = evaluate('formula.js', `console.log(it.formulaOf(${about}, ${sums}))`);
    const pairs = [...formula.matchAll(/v1\.0\.0\/corectl-(\S+)"\s+sha256 "(\w+)"/g)];
    const found = Object.fromEntries(pairs.map(([, system = '', sum]) => [system, sum]));
    expect(found).to.deep.equal(JSON.parse(sums));
  });

  it('pushes the action as a commit by itself, and moves its tags', () => {
    const folder = temporaryFolder();
    try {
      const [origin, clone, action] = ['origin', 'clone', 'action'].map((name) => path.join(folder, name));
      commit(clone!, {'README.md': 'sources'});
      execFileSync('git', ['init', '--quiet', '--bare', origin!]);
      git(clone!, 'remote', 'add', 'origin', origin!);
      for (const version of ['one', 'two']) {
        mkdirSync(action!, {recursive: true});
        writeFileSync(path.join(action!, 'action.yml'), version);
        const script = path.join(root, 'scripts/push-action');
        execFileSync(script, [action!, 'v1', `action-${version}`], {cwd: clone!, stdio: 'ignore'});
      }
      expect(git(origin!, 'show', 'v1:action.yml').trim()).to.equal('two');
      expect(git(origin!, 'show', 'action-one:action.yml').trim()).to.equal('one');
      expect(git(origin!, 'ls-tree', '--name-only', 'v1').trim()).to.equal('action.yml');
    } finally {
      remove(folder);
    }
  });

  it('is started by a tag, and only publishes with rights', () => {
    const text = readFileSync(path.join(root, '.github/workflows/release.yaml'), 'utf8');
    const {on, permissions, jobs} = parse(text) as {
      on: object;
      permissions: object;
      jobs: Record<string, {permissions: object}>;
    };
    expect(on).to.deep.equal({push: {tags: ['v*.*.*']}});
    expect(permissions).to.deep.equal({});
    expect(jobs.build?.permissions).to.deep.equal({contents: 'read'});
  });
});
