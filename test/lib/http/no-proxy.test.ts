import {expect} from 'chai';
import {isExcluded} from '../../../src/lib/http/no-proxy.ts';

describe('NO_PROXY', () => {
  for (const [list, host] of [
    ['example.com', 'example.com'],
    ['example.com', 'a.b.example.com'],
    ['Example.COM', 'r.example.com'],
    ['example.com:443', 'r.example.com'],
    ['example.com:5000', 'r.example.com:5000'],
    ['one.test, example.com', 'r.example.com'],
    ['one.test example.com', 'r.example.com'],
    ['10.1.2.3', '10.1.2.3:5000'],
    ['10.1.2.3:5000', '10.1.2.3:5000'],
    ['10.0.0.0/8', '10.1.2.3'],
    ['fd00::1', '[fd00::1]:5000'],
    ['FD00:0::1', '[fd00::1]'],
    ['[fd00::1]', '[fd00::1]'],
    ['[fd00::1]:5000', '[fd00::1]:5000'],
    ['fd00::/8', '[fd00::1]'],
  ] as const) {
    it(`of ${list} excludes ${host}`, () => {
      expect(isExcluded(new URL(`https://${host}/v2/`), list)).to.equal(true);
    });
  }

  for (const [list, host] of [
    ['', 'example.com'],
    [',', 'example.com'],
    ['example.com', 'example.com.test'],
    ['example.com', 'badexample.com'],
    ['r.example.com', 'example.com'],
    ['example.com:5000', 'r.example.com'],
    ['2.3', '10.1.2.3'],
    ['10.0.0.0/16', '10.1.2.3'],
    ['10.0.0.0/33', '10.1.2.3'],
    ['10.0.0.0/', '10.1.2.3'],
    ['10.0.0.0/x', '10.1.2.3'],
    ['10.1.2.3:5000', '10.1.2.3'],
    ['::/129', '[fd00::1]'],
    ['fd00::/8', '10.1.2.3'],
  ] as const) {
    it(`of ${JSON.stringify(list)} does not exclude ${host}`, () => {
      expect(isExcluded(new URL(`https://${host}/v2/`), list)).to.equal(false);
    });
  }
});
