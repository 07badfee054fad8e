import {expect} from 'chai';
import type {IncomingMessage} from 'node:http';
import {nextPage} from '../../../src/lib/distribution/next-page.ts';

const url = new URL('https://registry.example.com/v2/app/tags/list?n=2');
const next = (link: string) =>
  nextPage({headers: {link}} as Partial<IncomingMessage> as IncomingMessage, url, 'tags of app')?.href;

describe('the Link to the next page', () => {
  const page = 'https://registry.example.com/v2/app/tags/list?last=b&n=2';
  const found: Record<string, string> = {
    'as the specification has it': '</v2/app/tags/list?last=b&n=2>; rel="next"',
    'without quotes or spaces': '<?last=b&n=2>;rel=next',
    'among other relations': '<?last=b&n=2>; rel="last NEXT"; title="x"',
    'behind other parameters': '<?last=b&n=2>; title="x" ; REL = "next"',
    'behind other links': '</first>; rel="first", </prev>; rel=prev, <?last=b&n=2>; rel="next"',
  };
  for (const [how, link] of Object.entries(found)) {
    it(`is found ${how}`, () => {
      expect(next(link)).to.equal(page);
    });
  }

  for (const link of ['', '<?last=b>', '<?last=b>; rel=prev', '<?last=b>; rel="nextish"', '<?last=b'])
    it(`is none in ${JSON.stringify(link)}`, () => {
      expect(next(link)).to.equal(undefined);
    });

  for (const link of ['rel=next', '/v2/app/tags/list?last=b; rel="next"', '<http://[::>; rel="next"'])
    it(`is not passed over where it cannot be read: ${JSON.stringify(link)}`, () => {
      expect(() => next(link)).to.throw('tags of app: the link to the next page leads nowhere');
    });

  it('does not lead to another host', () => {
    expect(() => next('<https://evil.example.org/>; rel=next')).to.throw('evil.example.org');
  });

  for (const piece of ['<', '<>;', '<>; rel="', ';,', '= ', '"', '<>;rel=" '])
    it(`takes no longer than it is long, made of ${piece}`, () => {
      const time = (length: number) => {
        const link = piece.repeat(length / piece.length);
        return Math.min(...[1, 2, 3].map(() => timed(() => next(link))));
      };
      // four times as much text: sixteen times as long where it is quadratic
      expect(time(400_000)).to.be.lessThan(10 * time(100_000) + 20);
    });
});

/** Milliseconds of processor time: a busy machine costs others time, and not this. */
function timed(run: () => unknown): number {
  const started = process.cpuUsage();
  run();
  const {user, system} = process.cpuUsage(started);
  return (user + system) / 1000;
}
