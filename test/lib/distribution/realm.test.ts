import {expect} from 'chai';
import {tokenService} from '../../../src/lib/distribution/realm.ts';

describe('the token service that a registry names', () => {
  const internet = new URL('https://registry.example.com/');
  const loopback = new URL('http://127.0.0.1:5000/');

  const taken: [string, URL, string][] = [
    ['https://auth.example.org/token', internet, 'https://auth.example.org/token'],
    ['/token', internet, 'https://registry.example.com/token'],
    ['https://auth.example.org/token?x=y', internet, 'https://auth.example.org/token?x=y'],
    ['http://127.0.0.1:5001/token', loopback, 'http://127.0.0.1:5001/token'],
    ['http://localhost:5001/token', loopback, 'http://localhost:5001/token'],
    ['https://auth.docker.io/token', loopback, 'https://auth.docker.io/token'],
  ];
  for (const [realm, registry, url] of taken) {
    it(`may be ${realm} for ${registry.host}`, () => {
      expect(tokenService(realm, registry).href).to.equal(url);
    });
  }

  const refused: [string | undefined, URL][] = [
    ['http://auth.example.org/token', internet],
    ['http://registry.example.com/token', internet],
    ['http://evil.example.org/token', loopback],
    ['https://127.0.0.1/token', internet],
    ['https://localhost/token', internet],
    ['https://169.254.169.254/latest/meta-data', internet],
    ['https://[fd00:ec2::254]/latest', internet],
    ['https://[::ffff:169.254.169.254]/latest', internet],
    ['https://2852039166/latest', internet],
    ['https://0xa9fea9fe/latest', internet],
    ['https://0251.0376.0251.0376/latest', internet],
    ['https://100.100.100.200/latest', internet],
    ['https://10.0.0.1/token', internet],
    ['https://[::1]/token', internet],
    ['https://user:password@auth.example.org/token', internet],
    ['file:///etc/passwd', internet],
    ['file:///etc/passwd', loopback],
    ['gopher://auth.example.org/', internet],
    ['http://[', internet],
    ['https://', loopback],
    ['', internet],
    [undefined, internet],
  ];
  for (const [realm, registry] of refused) {
    it(`is not ${realm ?? 'left out'} for ${registry.host}`, () => {
      expect(() => tokenService(realm, registry))
        .to.throw(/refusing token realm/)
        .with.property('code', 'refused-realm');
    });
  }

  it('is not shown with its password or control characters', () => {
    for (const realm of ['https://user:canary@auth.example.org/', 'ftp://x/\u001b]0;pwn\u0007\u202e']) {
      expect(() => tokenService(realm, internet))
        .to.throw(Error)
        .with.property('message')
        .that.does.not.match(/canary|[\u0000-\u001f\u202e]/);
    }
  });
});
