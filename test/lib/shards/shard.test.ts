import {expect} from 'chai';
import fc from 'fast-check';
import {formatShard, shareOf, type Unit} from '../../../src/lib/shards/shard.ts';

const unit = (name: string, weight: number, ...ties: string[]): Unit => ({name, weight, ties});
const sharesOf = (units: readonly Unit[], of: number) =>
  Array.from({length: of}, (_, index) => shareOf(units, {number: index + 1, of}));
const names = (units: readonly Unit[]) => units.map(({name}) => name);
const weightOf = (units: readonly Unit[]) => units.reduce((sum, {weight}) => sum + weight, 0);

/** Units of different names, some of which write to the same repository, and the same in another order. */
const lists = fc
  .uniqueArray(fc.record({name: fc.string({minLength: 1}), weight: fc.nat(1000), tie: fc.nat(12)}), {
    selector: ({name}) => name,
    maxLength: 60,
  })
  .map((all) => all.map(({name, weight, tie}) => unit(name, weight, `repository ${tie}`)))
  .chain((units) =>
    fc.record({
      units: fc.constant(units),
      shuffled: fc.shuffledSubarray(units, {minLength: units.length, maxLength: units.length}),
    }),
  );

describe('shards', () => {
  it('have each unit once, all of them together, whatever the order of the list', () => {
    fc.assert(
      fc.property(lists, fc.integer({min: 1, max: 20}), ({units, shuffled}, of) => {
        const shares = sharesOf(units, of);
        expect(shares.flatMap(names).sort()).to.deep.equal(names(units).sort());
        const again = sharesOf(shuffled, of);
        expect(again.map((share) => names(share).sort())).to.deep.equal(
          shares.map((share) => names(share).sort()),
        );
      }),
    );
  });

  it('keep together what is tied, and the order of the list', () => {
    fc.assert(
      fc.property(lists, fc.integer({min: 1, max: 20}), ({units}, of) => {
        const shares = sharesOf(units, of);
        const owners = new Map<string, number>();
        for (const [index, share] of shares.entries()) {
          expect(names(share)).to.deep.equal(names(units.filter((one) => share.includes(one))));
          for (const tie of share.flatMap(({ties}) => ties)) {
            expect(owners.get(tie) ?? index, tie).to.equal(index);
            owners.set(tie, index);
          }
        }
      }),
    );
  });

  it('differ by no more than the heaviest of what stays together', () => {
    fc.assert(
      fc.property(lists, fc.integer({min: 1, max: 20}), ({units}, of) => {
        const loads = sharesOf(units, of).map(weightOf);
        const repositories = [...new Set(units.flatMap(({ties}) => ties))];
        const heaviest = Math.max(
          0,
          ...repositories.map((tie) => weightOf(units.filter(({ties}) => ties.includes(tie)))),
        );
        expect(Math.max(...loads) - Math.min(...loads)).to.be.at.most(heaviest);
      }),
    );
  });

  it('begin with the heaviest, so that it has a shard of its own', () => {
    const units = [unit('a', 1), unit('b', 1), unit('c', 1), unit('huge', 3)];
    expect(sharesOf(units, 2).map(names)).to.deep.equal([['huge'], ['a', 'b', 'c']]);
  });

  it('keep together what is tied by way of a third', () => {
    const units = [unit('a', 1, 'x'), unit('b', 1, 'y'), unit('c', 1, 'x', 'y'), unit('d', 1)];
    const shares = sharesOf(units, 2).map(names);
    expect(shares).to.deep.equal([['a', 'b', 'c'], ['d']]);
  });

  it('are empty where there are more of them than images', () => {
    expect(sharesOf([unit('a', 1)], 3).map(names)).to.deep.equal([['a'], [], []]);
    expect(formatShard({number: 3, of: 3})).to.equal('3/3');
  });
});
