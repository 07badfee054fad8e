import {expect} from 'chai';
import {longestChain} from '../../bench/round-trips.ts';

describe('the round trips of a benchmark', () => {
  it('are those of exchanges that follow each other', () => {
    const exchanges = [
      {start: 0, end: 80, trips: 2},
      {start: 81, end: 121, trips: 1},
      {start: 122, end: 162, trips: 1},
    ];
    expect(longestChain(exchanges)).to.equal(4);
  });

  it('count once what runs side by side', () => {
    const exchanges = [
      {start: 0, end: 40, trips: 1},
      {start: 1, end: 41, trips: 1},
      {start: 42, end: 82, trips: 1},
      {start: 39, end: 79, trips: 1},
    ];
    expect(longestChain(exchanges)).to.equal(2);
  });

  it('leave out what was never answered', () => {
    expect(longestChain([{start: 0, end: Infinity, trips: 2}])).to.equal(0);
  });
});
