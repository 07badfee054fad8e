import {expect} from 'chai';
import {shownSource} from '../../../src/lib/environments/shown-source.ts';

describe('a source as it is shown', () => {
  for (const [source, shown] of [
    ['https://me:pa55word@example.com/environments.git', 'https://example.com/environments.git'],
    ['https://pa55word@example.com/environments', 'https://example.com/environments'],
    ['HTTPS://me:pa55word@example.com/environments', 'https://example.com/environments'],
    ['ssh://git:pa55word@example.com/environments', 'ssh://git@example.com/environments'],
    ['https://me:pa55@word@[::1/environments', 'https://[::1/environments'],
  ] as const) {
    it(`has no password: ${shown}`, () => {
      expect(shownSource(source)).to.equal(shown);
    });
  }

  for (const source of [
    'https://example.com/environments.git',
    'https://example.com/e@v1',
    'ssh://git@example.com:22/environments',
    'git@example.com:acme/environments.git',
    '/srv/a:b@c/environments',
  ]) {
    it(`is otherwise what it is: ${source}`, () => {
      expect(shownSource(source)).to.equal(source);
    });
  }
});
