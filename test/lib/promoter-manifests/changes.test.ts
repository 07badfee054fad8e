import {expect} from 'chai';
import {chmodSync, existsSync} from 'node:fs';
import path from 'node:path';
import {changesSince} from '../../../src/lib/promoter-manifests/changes.ts';
import {readPromotions} from '../../../src/lib/promoter-manifests/promotions.ts';
import type {ManifestSource} from '../../../src/lib/promoter-manifests/load.ts';
import {commit, git, remove, temporaryFolder, writeFiles} from '../../support/git.ts';
import {entry, registriesText} from '../../support/manifests.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const registries = registriesText('s.example.com', 'eu.example.com', 'us.example.com/team');

describe('what a change removes or moves', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    commit(folder, {
      'registry/manifests/a/promoter-manifest.yaml': registries,
      'registry/images/a/images.yaml':
        entry('apple', {[digest('a')]: ['1', 'latest'], [digest('b')]: ['2'], [digest('c')]: []}) +
        entry('pear', {[digest('d')]: ['1']}),
      'registry/manifests/b/promoter-manifest.yaml': registries,
      'registry/images/b/images.yaml': entry('plum', {[digest('e')]: ['1']}),
    });
  });
  afterEach(() => {
    remove(folder);
  });

  const thin = (): ManifestSource => ({kind: 'thin', folder: path.join(folder, 'registry')});
  const since = async (ref: string, source = thin()) => {
    const {edges, problems} = readPromotions(source, folder);
    expect(problems).to.deep.equal([]);
    const changes = await changesSince(ref, source, {edges, base: folder, env: {PATH: process.env.PATH}});
    return changes.map(({file, line, column, message}) => `${file}:${line}:${column} ${message}`);
  };

  it('is nothing where nothing was changed, or where something was added', async () => {
    expect(await since('main')).to.deep.equal([]);
    writeFiles(folder, {
      'registry/images/b/images.yaml': entry('plum', {[digest('e')]: ['1', '2'], [digest('f')]: []}),
      'registry/manifests/c/promoter-manifest.yaml': registries,
      'registry/images/c/images.yaml': entry('fig', {[digest('e')]: ['1']}),
    });
    expect(await since('main')).to.deep.equal([]);
  });

  it('is a failure where git fails without a word', async () => {
    writeFiles(folder, {'bin/git': '#!/bin/sh\nexit 128\n'});
    chmodSync(path.join(folder, 'bin/git'), 0o755);
    const env = {PATH: `${path.join(folder, 'bin')}:${process.env.PATH ?? ''}`};
    const failure: unknown = await changesSince('main', thin(), {edges: [], base: folder, env}).catch(
      (error: unknown) => error,
    );
    expect(failure).to.include({code: 'git-failed'});
    expect((failure as Error).message).to.include('git ended with exit code 128');
  });

  it('is not nothing where the base cannot be read: that is told', async () => {
    commit(folder, {'registry/images/a/images.yaml': 'no list\n', 'new.yaml': '# not there yet\n'});
    writeFiles(folder, {'registry/images/a/images.yaml': '# nothing\n'});
    const unread: string[] = [];
    const told = {
      base: folder,
      env: {PATH: process.env.PATH},
      onUnread: ({file}: {file: string}) => unread.push(file),
    };
    await changesSince('HEAD', thin(), {edges: [], ...told});
    await changesSince(
      'HEAD^',
      {kind: 'plain', files: [path.join(folder, 'new.yaml')]},
      {edges: [], ...told},
    );
    expect(unread).to.deep.equal(['registry/images/a/images.yaml']);
  });

  it('is told with its place, once for all destinations', async () => {
    writeFiles(folder, {
      'registry/images/a/images.yaml': entry('apple', {[digest('a')]: ['1'], [digest('b')]: ['latest', 'x']}),
    });
    commit(folder, {'registry/images/b/images.yaml': '# nothing\n'});
    const at = 'registry/images/a/images.yaml';
    const where = '(eu.example.com/apple, us.example.com/team/apple)';
    expect(await since('HEAD^')).to.deep.equal([
      `${at}:1:1 image pear is not promoted any more; what was promoted stays (eu.example.com/pear, us.example.com/team/pear)`,
      `${at}:3:81 apple@${digest('c')} is not promoted any more; what was promoted stays ${where}`,
      `${at}:3:81 tag 2 of apple is not promoted any more; where it stands it stays ${where}`,
      `${at}:4:81 tag latest of apple moves from ${digest('a')} to ${digest('b')}; where it stands it is not moved ${where}`,
      'registry/images/b/images.yaml:1:1 image plum is not promoted any more; what was promoted stays (eu.example.com/plum, us.example.com/team/plum)',
    ]);
    expect(await since('HEAD')).to.deep.equal([]);
  });

  it('is not what only moved from one project to another', async () => {
    remove(path.join(folder, 'registry/images/b'));
    remove(path.join(folder, 'registry/manifests/b'));
    writeFiles(folder, {
      'registry/manifests/z/promoter-manifest.yaml': registries,
      'registry/images/z/images.yaml': entry('plum', {[digest('e')]: ['1']}),
    });
    expect(await since('main')).to.deep.equal([]);
  });

  it('is also a registry that nothing goes to any more', async () => {
    writeFiles(folder, {
      'registry/manifests/b/promoter-manifest.yaml': registriesText('s.example.com', 'eu.example.com'),
    });
    expect(await since('main')).to.deep.equal([
      'registry/images/b/images.yaml:1:1 image plum is not promoted any more; what was promoted stays (us.example.com/team/plum)',
    ]);
  });

  it('is found in plain manifests too', async () => {
    const file = path.join(folder, 'plain.yaml');
    const plain = (letter: string) => `${registries}images:\n${entry('apple', {[digest(letter)]: ['1']})}`;
    commit(folder, {'plain.yaml': plain('a')});
    writeFiles(folder, {'plain.yaml': plain('b')});
    expect((await since('HEAD', {kind: 'plain', files: [file]})).join()).to.contain(
      `plain.yaml:9:81 tag 1 of apple moves from ${digest('a')} to ${digest('b')}`,
    );
  });

  it('is not looked for where the base is no commit, or there is no repository', async () => {
    const codeOf = (source = thin(), ref = 'gone') =>
      since(ref, source).then(
        () => 'none',
        (error: unknown) => (error as {code: string}).code,
      );
    expect(await codeOf()).to.equal('unknown-ref');
    expect(await codeOf(thin(), '--upload-pack=x')).to.equal('unknown-ref');
    const outside = temporaryFolder();
    try {
      writeFiles(outside, {
        'manifests/a/promoter-manifest.yaml': registries,
        'images/a/images.yaml': '# nothing\n',
      });
      expect(await codeOf({kind: 'thin', folder: outside}, 'main')).to.equal('git-failed');
    } finally {
      remove(outside);
    }
  });

  it('runs nothing that the repository configures', async () => {
    const marker = path.join(folder, 'ran');
    git(folder, 'config', 'core.fsmonitor', `touch ${marker}`);
    git(folder, 'config', 'filter.evil.clean', `touch ${marker}`);
    git(folder, 'config', 'filter.evil.smudge', `touch ${marker}`);
    writeFiles(folder, {
      '.gitattributes': '* filter=evil\n',
      'registry/images/b/images.yaml': '# changed\n',
    });
    expect(await since('main')).to.have.lengthOf(1);
    expect(path.join(folder, 'ran')).to.satisfy((file: string) => !existsSync(file));
  });
});
