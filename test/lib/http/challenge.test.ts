import {expect} from 'chai';
import {challengesOf, parseChallenges} from '../../../src/lib/http/challenge.ts';

describe('WWW-Authenticate', () => {
  const readings: [string, [string, Record<string, string>][]][] = [
    ['Bearer realm="https://a/token",service="s"', [['bearer', {realm: 'https://a/token', service: 's'}]]],
    ['BEARER Realm="https://a/token"', [['bearer', {realm: 'https://a/token'}]]],
    [
      'Bearer realm = "https://a/token"   ,service=r , scope  ="repository:a:pull,push"  ',
      [['bearer', {realm: 'https://a/token', service: 'r', scope: 'repository:a:pull,push'}]],
    ],
    [String.raw`Basic realm="a \"quoted\" \\ one"`, [['basic', {realm: 'a "quoted" \\ one'}]]],
    ['Bearer realm="x",empty="",bare=', [['bearer', {realm: 'x', empty: '', bare: ''}]]],
    [
      'Negotiate, Basic realm="x", Bearer realm="https://a/token",service="s",scope="repository:a:pull,push"',
      [
        ['negotiate', {}],
        ['basic', {realm: 'x'}],
        ['bearer', {realm: 'https://a/token', service: 's', scope: 'repository:a:pull,push'}],
      ],
    ],
    ['Basic', [['basic', {}]]],
    [',, Bearer realm="x" ,,', [['bearer', {realm: 'x'}]]],
    ['', []],
  ];
  for (const [header, expected] of readings) {
    it(`reads ${header || 'an empty header'}`, () => {
      const found = parseChallenges(header).map(({scheme, parameters}) => [
        scheme,
        Object.fromEntries(parameters),
      ]);
      expect(found).to.deep.equal(expected);
    });
  }

  it('may come in several lines', () => {
    const raw = ['Date', 'x', 'WWW-Authenticate', 'Negotiate', 'www-authenticate', 'Bearer realm="x"'];
    expect(challengesOf(raw).map(({scheme}) => scheme)).to.deep.equal(['negotiate', 'bearer']);
  });

  it('that is broken is read as far as it goes, and ends', () => {
    for (const header of [
      'Bearer realm="x',
      'Bearer realm="x",service="',
      '"',
      '=',
      'Bearer =x',
      '\u0000',
      'a'.repeat(100_000),
    ]) {
      expect(() => parseChallenges(header)).not.to.throw();
    }
  });
});
