import {expect} from 'chai';
import {isInternal, isLoopback} from '../../../src/lib/http/address.ts';
import {followed} from '../../../src/lib/http/redirect.ts';

describe('a Location', () => {
  const from = new URL('https://registry.example.com/v2/app/blobs/uploads/1?state=a');

  const resolved: [string, string][] = [
    ['https://store.example.org/x?sig=a%2Fb+c%3D&flag', 'https://store.example.org/x?sig=a%2Fb+c%3D&flag'],
    [
      '/v2/app/blobs/uploads/2?_state=a%20b~c%2F',
      'https://registry.example.com/v2/app/blobs/uploads/2?_state=a%20b~c%2F',
    ],
    ['2?x=y', 'https://registry.example.com/v2/app/blobs/uploads/2?x=y'],
    ['?state=b', 'https://registry.example.com/v2/app/blobs/uploads/1?state=b'],
    ['//other.example.org/x', 'https://other.example.org/x'],
  ];
  for (const [location, url] of resolved) {
    it(`${location} is followed, byte for byte`, () => {
      expect(followed(location, from).href).to.equal(url);
    });
  }

  const refused: (string | undefined)[] = [
    'http://registry.example.com/x',
    'http://store.example.org/x',
    'file:///etc/passwd',
    'https://127.0.0.1/x',
    'https://localhost/x',
    'https://a.localhost./x',
    'https://[::ffff:127.0.0.1]/x',
    'https://169.254.169.254/latest',
    'https://192.168.1.1/x',
    'https://0xa9fea9fe/latest',
    'https://[::ffff:169.254.169.254]/latest',
    'https://[::169.254.169.254]/latest',
    'https://[::ffff:0:169.254.169.254]/latest',
    'https://[64:ff9b::a9fe:a9fe]/latest',
    'https://[64:ff9b:1::1]/latest',
    'https://[2002:a9fe:a9fe::1]/latest',
    'https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/latest',
    'https://[2606:4700::200:5efe:10.0.0.1]/x',
    'https://[fd00:ec2::254]/latest',
    'https://[fe80::a9fe:a9fe]/latest',
    'https://[fec0::1]/x',
    'https://192.0.0.192/latest',
    'https://100.100.100.200/latest',
    'https://168.63.129.16/machine',
    'https://metadata.google.internal./computeMetadata/v1/',
    'https://198.18.0.1/x',
    'https://255.255.255.255/x',
    'https://',
    undefined,
  ];
  for (const location of refused) {
    it(`${location ?? 'that is missing'} is not followed`, () => {
      expect(() => followed(location, from))
        .to.throw(Error)
        .with.property('code', 'refused-redirect');
    });
  }

  it('from a registry on this machine may lead to another port of it', () => {
    const local = new URL('http://127.0.0.1:5000/v2/');
    expect(followed('http://127.0.0.1:9000/x', local).href).to.equal('http://127.0.0.1:9000/x');
  });

  it('that is refused is shown without its signature', () => {
    expect(() => followed('http://store.example.org/x?X-Amz-Signature=canary', from))
      .to.throw(/store\.example\.org/)
      .with.property('message')
      .that.does.not.include('canary');
  });

  const metadata = [
    '169.254.169.254',
    '192.0.0.192',
    '[fd00:ec2::254]',
    '[64:ff9b::169.254.169.254]',
    'metadata.google.internal',
  ];
  for (const host of metadata) {
    it(`to the metadata service at ${host} is not followed from a registry in a private network either`, () => {
      for (const registry of [
        'http://10.0.0.5/v2/',
        'http://127.0.0.1:5000/v2/',
        'http://registry.internal/v2/',
      ])
        expect(() => followed(`http://${host}/latest`, new URL(registry)), registry).to.throw(
          'refusing to go to',
        );
    });
  }

  it('within a private network is followed', () => {
    expect(followed('http://10.1.2.3/x', new URL('http://10.0.0.5/v2/')).host).to.equal('10.1.2.3');
  });

  it('to an address in public IPv6 is followed', () => {
    for (const host of ['[2606:4700::1111]', '[2002:808:808::1]', '[64:ff9b::808:808]'])
      expect(followed(`https://${host}/x`, from).host).to.equal(host);
  });
});

describe('a host', () => {
  it('is this machine only by its own address: what carries it elsewhere is internal, and nobody’s friend', () => {
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])
      expect(isLoopback(host), host).to.equal(true);
    for (const host of ['[2002:7f00:1::]', '[64:ff9b::127.0.0.1]', '[::127.0.0.1]']) {
      expect(isLoopback(host), host).to.equal(false);
      expect(isInternal(host), host).to.equal(true);
    }
  });
});
