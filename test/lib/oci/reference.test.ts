import {expect} from 'chai';
import {digestOf, isDigest, parseDigest} from '../../../src/lib/oci/digest.ts';
import {canonicalHost, isHost, parseImageName, sameRegistry} from '../../../src/lib/oci/reference.ts';

const digest = digestOf(Buffer.from('x'));
const hex = digest.slice('sha256:'.length);

describe('an image name', () => {
  const taken: [string, object][] = [
    ['app:1.2.3', {name: 'app', tag: '1.2.3'}],
    ['team/app:1.2.3', {name: 'team/app', tag: '1.2.3'}],
    ['app:V1', {name: 'app', tag: 'V1'}],
    ['app:_x', {name: 'app', tag: '_x'}],
    // a name and a tag, as a host stands before a slash only
    ['localhost:5000', {name: 'localhost', tag: '5000'}],
    ['app:1.10', {name: 'app', tag: '1.10'}],
    [`app:${'x'.repeat(128)}`, {name: 'app', tag: 'x'.repeat(128)}],
    [`app@${digest}`, {name: 'app', digest}],
    [`app:1.2@${digest}`, {name: 'app', tag: '1.2', digest}],
    ['team/a.b_c__d-e/f:1', {name: 'team/a.b_c__d-e/f', tag: '1'}],
  ];
  for (const [text, image] of taken) {
    it(`may be ${text.slice(0, 40)}`, () => {
      expect(parseImageName(text)).to.deep.equal(image);
    });
  }

  const refused: [string, RegExp][] = [
    ['', /no image name|tag is missing/],
    ['app', /tag is missing/],
    ['app:', /tag is empty/],
    ['localhost:5000/app', /registry "localhost/],
    ['localhost/app:1', /registry "localhost"/],
    ['localhost:v1/app', /registry/],
    ['localhost:5000/app:1', /registry "localhost/],
    ['ghcr.io/MyOrg/app:1', /registry "ghcr.io"/],
    ['docker.io/library/ubuntu:1', /registry "docker.io"/],
    ['a:b/c/app:1', /registry/],
    ['host:70000/app:1', /registry/],
    ['registry.example.com/app:1', /registry "registry.example.com"/],
    ['[::1]:5000/app:1', /registry/],
    ['https://registry.example.com/app:1', /URL scheme/],
    ['docker://app:1', /URL scheme/],
    ['MyOrg/app:1', /lower case/],
    ['App:1', /lower case/],
    ['ap%2Fp:1', /no image name/],
    [`app:${'x'.repeat(129)}`, /no tag/],
    [`${'x'.repeat(256)}:1`, /no image name/],
    ['app:1.0+build5', /no tag/],
    ['app:-rf', /no tag/],
    ['app:.x', /no tag/],
    ['app:a/b', /./],
    ['app:é', /no tag/],
    ['app:v1\n', /no tag/],
    ['app:v 1', /no tag/],
    ['app:tag:sha256:abc', /no image name/],
    ['app@sha256:', /hexadecimal/],
    ['app@sha256:abc', /hexadecimal/],
    [`app@SHA256:${hex}`, /algorithm/],
    [`app@sha256:${hex.toUpperCase()}`, /lower-case/],
    ['app@md5:d41d8cd98f00b204e9800998ecf8427e', /algorithm/],
    [`app:1.2@sha512:${'0'.repeat(128)}`, /leave the tag out|sha256 digest/],
    [`app@@${digest}`, /digest/],
    [`app @${digest}`, /no image name/],
    [`@${digest}`, /no image name/],
    ['app/:1', /no image name/],
    ['team//app:1', /no image name/],
    ['/app:1', /no image name/],
    ['../app:1', /./],
    ['team/../app:1', /no image name/],
    ['app%2fx:1', /no image name/],
    [`${'a'.repeat(64)}:1`, /64 hexadecimal/],
    ['--upload-pack=x:1', /no image name/],
    ['app;rm -rf:1', /no image name/],
  ];
  for (const [text, why] of refused) {
    it(`is not ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(() => parseImageName(text))
        .to.throw(why)
        .with.property('exitCode', 2);
    });
  }

  it('with a plus in its tag is told what is usual instead', () => {
    expect(() => parseImageName('app:1.0+5'))
      .to.throw(Error)
      .with.property('suggestions')
      .that.satisfies((all: string[]) => all.join().includes('1.0-5'));
  });

  it('with capitals is told how it is written', () => {
    expect(() => parseImageName('MyOrg/App:V1'))
      .to.throw(Error)
      .with.property('suggestions')
      .that.deep.equals(['write myorg/app:V1']);
  });
});

describe('a digest', () => {
  it('is of sha256 or sha512, with all its digits', () => {
    const sha512 = digestOf(Buffer.from('x'), 'sha512');
    for (const text of [digest, sha512]) expect(parseDigest(text)).to.equal(text);
    const wrong = [
      '',
      'sha256',
      `sha256:${hex}0`,
      `sha256:${'g'.repeat(64)}`,
      `blake3:${hex}`,
      'constructor:x',
      `${digest}\n`,
      `sha512:${hex}`,
    ];
    for (const text of wrong) expect(isDigest(text), text).to.equal(false);
  });
});

describe('registries are the same', () => {
  const at = (host: string, plainHttp = false) => ({host, path: 'app', plainHttp});
  const pairs: [ReturnType<typeof at>, ReturnType<typeof at>, boolean][] = [
    [at('registry.example.com'), at('registry.example.com:443'), true],
    [at('registry.example.com'), at('REGISTRY.example.com'), true],
    [at('registry.example.com'), at('registry.example.com:80'), false],
    [at('registry.example.com', true), at('registry.example.com:80', true), true],
    [at('registry.example.com', true), at('registry.example.com'), false],
    [at('docker.io'), at('index.docker.io'), true],
    [at('docker.io'), at('registry-1.docker.io'), true],
    [at('a.example.com'), at('b.example.com'), false],
  ];
  for (const [one, other, same] of pairs) {
    it(`${one.host} and ${other.host} ${same ? 'are' : 'are not'}${one.plainHttp ? ' (http)' : ''}`, () => {
      expect(sameRegistry(one, other)).to.equal(same);
      expect(canonicalHost(one) === canonicalHost(other) || !same).to.equal(true);
    });
  }

  it('hosts may be names, addresses and ports', () => {
    for (const host of [
      'localhost',
      'localhost:5000',
      '[::1]:5000',
      '[2001:db8::1]',
      'a.b-c.d',
      '127.0.0.1:65535',
    ])
      expect(isHost(host), host).to.equal(true);
    for (const host of ['', 'a b', 'a/b', 'host:65536', 'host:', 'host:0', '-a', 'a@b', '[::1%eth0]', 'HOST'])
      expect(isHost(host), host).to.equal(false);
  });

  it('hosts are what a URL takes, and takes for no other one', () => {
    for (const host of [
      '127.1',
      '0x7f.1:5000',
      '0177.0.0.1',
      '1',
      '999.0.0.1',
      '1.2.3.4.5',
      '[1:2]',
      '[:::]:5000',
    ])
      expect(isHost(host), host).to.equal(false);
  });
});
