import {expect} from 'chai';
import {conditionProblem, conditionSyntaxProblem} from '../../../../src/lib/policy/rules/condition.ts';

const statement = (predicate: unknown) => ({subjects: new Set<never>(), predicateType: 'test', predicate});

describe('a condition on a statement', () => {
  it('holds or does not, of what the statement says', async () => {
    expect(await conditionProblem("predicate.result == 'ok'", statement({result: 'ok'}))).to.equal(undefined);
    expect(await conditionProblem("predicate.result == 'ok'", statement({result: 'no'}))).to.contain(
      'does not hold',
    );
    expect(await conditionProblem('predicate.other', statement({}))).to.contain('cannot be evaluated');
  });

  const ten = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]';
  const endless: Readonly<Record<string, readonly [where: string, predicate: unknown]>> = {
    'a pattern that is nearly met': ["predicate.id.matches('^(a+)+$')", {id: `${'a'.repeat(60)}!`}],
    'repetitions in repetitions': [
      Array.from('abcdefghijkl').reduce((inner, name) => `${ten}.all(${name}, ${inner})`, 'true'),
      {},
    ],
  };
  for (const [what, [where, predicate]] of Object.entries(endless))
    it(`is not met where it takes for ever: ${what}`, async () => {
      expect(await conditionSyntaxProblem(where)).to.equal(undefined);
      expect(await conditionProblem(where, statement(predicate))).to.contain('it takes more than');
    });
});
