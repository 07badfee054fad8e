import {expect} from 'chai';
import {typedLine} from '../../../../src/lib/cli/completion/typed-line.ts';

describe('a line up to the cursor', () => {
  for (const [line, words, quote = ''] of [
    ['corectl p2p', ['corectl', 'p2p']],
    ['corectl p2p ', ['corectl', 'p2p', '']],
    ['corectl  \t p2p', ['corectl', 'p2p']],
    ['', ['']],
    ["corectl 'a b' c\\ d", ['corectl', 'a b', 'c d']],
    ['corectl "a \\"b\\" \\$c \\d"', ['corectl', 'a "b" $c \\d']],
    ["corectl a'b", ['corectl', 'ab'], "'"],
    ['corectl "a b', ['corectl', 'a b'], '"'],
    ["corectl '", ['corectl', ''], "'"],
    ["corectl ''", ['corectl', '']],
    ['corectl a\\', ['corectl', 'a']],
    ['ls; corectl p', ['corectl', 'p']],
    ['a | b && corectl x ', ['corectl', 'x', '']],
    ["corectl 'a;b' c", ['corectl', 'a;b', 'c']],
  ] as const) {
    it(`${JSON.stringify(line)} is its words`, () => {
      expect(typedLine(line)).to.deep.equal({words, quote});
    });
  }
});
