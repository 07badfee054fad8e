import {expect} from 'chai';
import {shardOf} from '../../../../src/lib/cli/flags/shard-flags.ts';

/** `2/4`, or the message that it is refused with. */
function told(flag: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    const shard = shardOf(flag, env);
    return `${shard?.number ?? ''}/${shard?.of ?? ''}`;
  } catch (error) {
    const {message, exitCode} = error as {message: string; exitCode: number};
    return `${exitCode}: ${message}`;
  }
}

describe('--shard', () => {
  it('is none without the flag, whatever the environment says', () => {
    expect(shardOf(undefined, {CORECTL_SHARD: '2/4'})).to.equal(undefined);
  });

  it('takes I/N', () => {
    expect(['1/1', '2/4', '10000/10000'].map((text) => told(text))).to.deep.equal([
      '1/1',
      '2/4',
      '10000/10000',
    ]);
  });

  for (const text of ['0/4', '5/4', '2', '2/0', '-1/4', '2/4/8', '1.5/2', '', 'a/b', '1/10001', '1/4 2/4'])
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(told(text)).to.match(/^2: --shard: expected I\/N/);
    });

  const kubernetes = {JOB_COMPLETION_INDEX: '1', JOB_COMPLETIONS: '4'};
  const parallel = {CI_NODE_INDEX: '2', CI_NODE_TOTAL: '4'};
  const found: readonly (readonly [string, NodeJS.ProcessEnv, string])[] = [
    ['a Job of Kubernetes, which counts from 0', kubernetes, '2/4'],
    ['its first', {...kubernetes, JOB_COMPLETION_INDEX: '0'}, '1/4'],
    ['a parallel job, which counts from 1', parallel, '2/4'],
    ['a matrix', {CORECTL_SHARD: '2/4'}, '2/4'],
    ['several that say the same', {...kubernetes, ...parallel, CORECTL_SHARD: '2/4'}, '2/4'],
    [
      'one beside variables that are empty',
      {...parallel, CORECTL_SHARD: '', JOB_COMPLETION_INDEX: ''},
      '2/4',
    ],
    ['one in a job that is not parallel', {CORECTL_SHARD: '3/4', CI_NODE_TOTAL: '1'}, '3/4'],
  ];
  for (const [what, env, shard] of found)
    it(`auto: hears ${what}`, () => {
      expect(told('auto', env)).to.equal(shard);
    });

  const refused: readonly (readonly [string, NodeJS.ProcessEnv, RegExp])[] = [
    ['nothing', {}, /nothing in the environment/],
    ['a job that is not parallel', {CI_NODE_TOTAL: '1'}, /nothing in the environment/],
    ['an index without a number of them', {JOB_COMPLETION_INDEX: '1'}, /JOB_COMPLETIONS/],
    ['a number without an index', {JOB_COMPLETIONS: '4'}, /JOB_COMPLETION_INDEX/],
    ['an index beyond the last', {JOB_COMPLETION_INDEX: '4', JOB_COMPLETIONS: '4'}, /"4 of 4"/],
    ['a parallel job that counts from 0', {CI_NODE_INDEX: '0', CI_NODE_TOTAL: '4'}, /"0 of 4"/],
    ['a parallel job without an index', {CI_NODE_TOTAL: '4'}, /CI_NODE_INDEX/],
    ['what is no number', {JOB_COMPLETION_INDEX: '1e0', JOB_COMPLETIONS: '4'}, /"1e0 of 4"/],
    ['a broken setting', {CORECTL_SHARD: '5/4'}, /CORECTL_SHARD: expected I\/N/],
    ['two that differ', {...kubernetes, CI_NODE_INDEX: '1', CI_NODE_TOTAL: '4'}, /says 2\/4, and .* 1\/4/],
  ];
  for (const [what, env, message] of refused)
    it(`auto: refuses ${what}`, () => {
      expect(told('auto', env)).to.match(/^2: /).and.match(message);
    });

  it('is of the run that the CI system tells, so that reports of others are not taken for its own', () => {
    const runOf = (env: NodeJS.ProcessEnv) => shardOf('1/2', env)?.run;
    expect(runOf({GITHUB_RUN_ID: '17'})).to.equal('17');
    expect(runOf({GITHUB_RUN_ID: '17', CORECTL_RUN: 'nightly'})).to.equal('nightly');
    expect(runOf({CORECTL_RUN: ''})).to.equal(null);
  });
});
