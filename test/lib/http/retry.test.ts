import {expect} from 'chai';
import {retryAfter} from '../../../src/lib/http/retry.ts';

describe('Retry-After', () => {
  const now = Date.parse('Sun, 06 Nov 1994 08:49:37 GMT');
  const readings: [string | undefined, number | undefined][] = [
    ['2', 2000],
    [' 120 ', 120_000],
    ['0', 0],
    ['Sun, 06 Nov 1994 08:49:40 GMT', 3000],
    ['Sunday, 06-Nov-94 08:49:40 GMT', 3000],
    ['Sun, 06 Nov 1994 08:49:30 GMT', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [value, milliseconds] of readings) {
    it(`${JSON.stringify(value)} asks for ${milliseconds ?? 'nothing'}`, () => {
      expect(retryAfter(value, now)).to.equal(milliseconds);
    });
  }
});
