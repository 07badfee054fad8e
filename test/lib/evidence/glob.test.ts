import {expect} from 'chai';
import {matchesGlob} from '../../../src/lib/evidence/glob.ts';

const main = 'https://github.com/acme/payments/.github/workflows/*@refs/heads/main';
const workflow = (repository: string, rest: string) =>
  `https://github.com/${repository}/.github/workflows/${rest}`;

describe('a subject as a policy writes it', () => {
  const rows: readonly [string, string, boolean][] = [
    [main, workflow('acme/payments', 'build.yaml@refs/heads/main'), true],
    [main, workflow('acme/payments-evil', 'build.yaml@refs/heads/main'), false],
    [main, workflow('acme/payments', 'build.yaml@refs/tags/v1'), false],
    [main, workflow('acme/payments', 'build.yaml@refs/heads/main-2'), false],
    [main, workflow('acme/payments', 'deep/build.yaml@refs/heads/main'), false],
    [main, workflow('acme/payments', 'a@refs/heads/evil@refs/heads/main'), false],
    [main, `x${workflow('acme/payments', 'build.yaml@refs/heads/main')}`, false],
    [main, `${workflow('acme/payments', 'build.yaml@refs/heads/main')}\n`, false],
    ['https://github.com/acme/payments', 'https://github.com/acme/payments-evil', false],
    ['https://github.com/acme/payments', 'https://githubXcom/acme/payments', false],
    ['robot@*.example.com', 'robot@build.example.com', true],
    ['robot@*.example.com', 'robot@evil.com/build.example.com', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'axbxbxc', true],
    ['a*b*c', 'ab', false],
    ['*a*', 'xay', true],
    ['a**b', 'ab', true],
    ['a*ab', 'aab', true],
    ['a*ab', 'ab', false],
    ['a*b/*c', 'axb/yc', true],
    ['a*b/*c', 'ab/xb/c', false],
    ['a*x*b', 'axx/b', false],
    ['(a|b)+[c]', '(a|b)+[c]', true],
    ['.*', 'anything', false],
  ];
  for (const [pattern, text, met] of rows) {
    it(`${pattern} is ${met ? '' : 'not '}met by ${JSON.stringify(text)}`, () => {
      expect(matchesGlob(pattern, text)).to.equal(met);
    });
  }

  it('takes no time that grows with its stars, whatever a certificate says', () => {
    expect(matchesGlob(`${'a*'.repeat(30)}b`, 'a'.repeat(5000))).to.equal(false);
  });
});
