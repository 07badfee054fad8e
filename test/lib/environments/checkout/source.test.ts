import {expect} from 'chai';
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {parseRef} from '../../../../src/lib/environments/checkout/ref.ts';
import {parseSource, sameSource} from '../../../../src/lib/environments/checkout/source.ts';
import {CorectlError} from '../../../../src/lib/errors.ts';
import {remove, temporaryFolder} from '../../../support/git.ts';

describe('the source of an environments repository', () => {
  let folder: string;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => {
    remove(folder);
  });
  const parse = (text: string) => parseSource(text, folder);

  it('is an https URL', () => {
    expect(parse('https://github.com/o/r.git')).to.deep.include({
      kind: 'https',
      url: 'https://github.com/o/r.git',
    });
    expect(parse('HTTPS://GitHub.com/o/r')).to.deep.include({origin: 'https://github.com', plainHttp: false});
  });

  it('loses a user name, which may be a token', () => {
    expect(parse('https://secret@dev.azure.com/o/r').url).to.equal('https://dev.azure.com/o/r');
  });

  it('is an ssh URL, or the short form of one', () => {
    for (const url of [
      'ssh://git@github.com:22/o/r.git',
      'ssh://host/r',
      'git@github.com:o/r.git',
      'host:r',
      'git@host:/abs/r',
    ]) {
      expect(parse(url), url).to.deep.equal({kind: 'ssh', url});
    }
  });

  it('is a local folder, from where the user stands', () => {
    expect(parse('.')).to.deep.equal({kind: 'local', url: folder});
    expect(parse(folder)).to.deep.equal({kind: 'local', url: folder});
  });

  it('may be http on this machine only', () => {
    expect(parse('http://127.0.0.1:8080/r')).to.deep.include({kind: 'https', plainHttp: true});
    expect(() => parse('http://example.com/o/r')).to.throw(CorectlError, 'http is for this machine only');
  });

  for (const text of [
    '',
    '-oProxyCommand=touch X',
    '--upload-pack=touch X',
    'ext::sh -c touch% X',
    'fd::17',
    'EXT::x',
    'file:///etc',
    'git://example.com/r',
    'ftp://example.com/r',
    'ssh://-oProxyCommand=touch%20X/r',
    'ssh://git@-oProxyCommand=x/r',
    'ssh://-l@host/r',
    'ssh://git:secret@host/r',
    'ssh://host/-r',
    '-host:r',
    'git@-host:r',
    'git@host:-r',
    'git@host:a:b',
    'https://user:secret@example.com/r',
    'https://example.com/r?token=secret',
    'https://example.com/r#secret',
    'https://example.com/',
    'https://',
    '$(touch X)',
    '`touch X`',
    ';touch X',
    'no-such-folder',
    'a\nb',
    'https://example.com/r\u0000',
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(() => parse(text))
        .to.throw(CorectlError)
        .with.include({code: 'invalid-source', exitCode: 2});
      try {
        parse(text);
      } catch (error) {
        expect(String(error)).not.to.contain('secret');
      }
    });
  }

  it('is the same with and without .git and a last slash', () => {
    const same = (one: string, other: string) => sameSource(parse(one), parse(other));
    expect(same('https://example.com/o/r', 'https://EXAMPLE.com/o/r.git')).to.equal(true);
    expect(same('https://example.com/o/r/', 'https://example.com/o/r')).to.equal(true);
    expect(same('https://example.com/o/r', 'https://example.com/o/s')).to.equal(false);
    expect(same('https://example.com/o/r', 'git@example.com:o/r')).to.equal(false);
  });

  it('is another one where a folder has .git at its end', () => {
    for (const name of ['env', 'env.git']) mkdirSync(path.join(folder, name));
    expect(sameSource(parse('env'), parse('env/'))).to.equal(true);
    expect(sameSource(parse('env'), parse('env.git'))).to.equal(false);
  });
});

describe('a ref', () => {
  for (const text of ['main', 'feature/x-1', 'v1.2.3', '0123abcd', 'HEAD', 'refs/heads/main', 'a;b', '$x']) {
    it(`may be ${text}`, () => {
      expect(parseRef(text)).to.equal(text);
    });
  }
  for (const text of [
    '',
    '-x',
    '--output=X',
    '+main',
    'a b',
    'a:b',
    '^main',
    'main~1',
    'a..b',
    '@',
    'a@{1}',
    '*',
    'a/',
    '/a',
    'a.lock',
    '.a',
    'a//b',
    'a\\b',
    'a\nb',
    '$(touch X)',
    '`touch X`',
    ';touch X',
    'x'.repeat(300),
  ]) {
    it(`is not ${JSON.stringify(text.slice(0, 20))}`, () => {
      expect(() => parseRef(text))
        .to.throw(CorectlError)
        .with.include({code: 'invalid-ref', exitCode: 2});
    });
  }
});
