import {expect} from 'chai';
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
});
