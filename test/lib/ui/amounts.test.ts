import {expect} from 'chai';
import {formatBytes} from '../../../src/lib/ui/bytes.ts';
import {formatDuration} from '../../../src/lib/ui/duration.ts';

describe('amounts for people', () => {
  for (const [bytes, expected] of [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [10_912, '10.9 kB'],
    [99_940, '99.9 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [48_211_032, '48.2 MB'],
    [1_500_000_000, '1.5 GB'],
    [2e15, '2000 TB'],
  ] as const) {
    it(`writes ${bytes} bytes as ${expected}`, () => {
      expect(formatBytes(bytes)).to.equal(expected);
    });
  }

  for (const [ms, expected] of [
    [0, '0 ms'],
    [340.4, '340 ms'],
    [999.6, '1 s'],
    [1800, '1.8 s'],
    [59_960, '1 min 0 s'],
    [125_000, '2 min 5 s'],
    [3_780_000, '1 h 3 min'],
    [7_199_999, '2 h 0 min'],
  ] as const) {
    it(`writes ${ms} milliseconds as ${expected}`, () => {
      expect(formatDuration(ms)).to.equal(expected);
    });
  }
});
