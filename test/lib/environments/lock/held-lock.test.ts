import {execFileSync} from 'node:child_process';
import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {takeLock, type HeldLock, type LockWish} from '../../../../src/lib/environments/lock/held-lock.ts';
import {claim, parseLock, Watch, type Holder} from '../../../../src/lib/environments/lock/lease.ts';
import {lockRef} from '../../../../src/lib/environments/lock/lock-name.ts';
import {RemoteRef} from '../../../../src/lib/environments/checkout/remote-ref.ts';
import type {CorectlError} from '../../../../src/lib/errors.ts';
import {commit, remove, temporaryFolder} from '../../../support/git.ts';

const forever = 10_000_000;
const never = {renewal: forever, dead: forever, lost: forever, poll: 5};
const ref = lockRef('payments', 'prod');

describe('a lock in a repository', function () {
  this.timeout(120_000);
  let folder: string;
  let repository: string;
  let clones: number;
  let held: HeldLock[];
  beforeEach(() => {
    folder = temporaryFolder();
    repository = path.join(folder, 'repository');
    commit(repository, {'a.txt': 'a'});
    [clones, held] = [0, []];
  });
  afterEach(async () => {
    await Promise.all(held.map((lock) => lock.release()));
    remove(folder);
  });

  function remote(): RemoteRef {
    const directory = path.join(folder, `objects-${(clones += 1)}`);
    mkdirSync(directory);
    const source = {kind: 'local', url: repository} as const;
    return new RemoteRef({source, env: process.env, terminal: false, directory, ref});
  }

  const holder = (id: string, part = '1/1'): Holder => ({
    ...{id, part, who: `${id}@machine`},
    since: '2026-01-02T03:04:05.000Z',
    renewal: 0,
  });
  const take = async (id: string, changes: Partial<LockWish> = {}) => {
    const lock = await takeLock({
      ...{ref: remote(), name: 'payments, prod', run: id, holder: holder(id), longestWait: 0, times: never},
      ...{onWait: () => undefined, onLost: () => undefined},
      ...changes,
    });
    held.push(lock);
    return lock;
  };
  const said = async () => parseLock((await remote().read())?.text ?? '');
  const refusal = (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'taken',
      (error: unknown) => `${(error as CorectlError).code}: ${(error as CorectlError).message}`,
    );

  it('is there as long as it is held, and tells by whom', async () => {
    const lock = await take('one');
    expect(await said()).to.deep.equal({run: 'one', holders: [holder('one')]});
    expect((await lock.release()).kind).to.equal('removed');
    expect(await said()).to.equal(undefined);
    expect(execFileSync('git', ['for-each-ref', 'refs/corectl'], {cwd: repository}).toString()).to.equal('');
  });

  it('is refused to another run, which is told whose it is', async () => {
    await take('one');
    let waited = '';
    const onWait = (who: string) => (waited = who);
    expect(await refusal(take('two', {longestWait: 20, onWait}))).to.match(
      /^lock-busy: payments, prod: another promotion is under way, of one@machine since 2026/,
    );
    expect(waited).to.contain('one@machine');
    expect((await said())?.run).to.equal('one');
  });

  // what git leaves there while it writes a ref (git-update-ref's own lock)
  const open = () => path.join(repository, '.git', `${ref}.lock`);
  /** Has a shell command run at each push, with how many there have been before it as `$n`. */
  const atEachPush = (shell: string) => {
    const hook = path.join(repository, '.git', 'hooks', 'pre-receive');
    const count = `'${path.join(folder, 'pushes')}'`;
    const script = `#!/bin/sh\ncat >/dev/null; touch ${count}; n=$(wc -l <${count}); echo >>${count}; ${shell}\n`;
    mkdirSync(path.dirname(hook), {recursive: true});
    writeFileSync(hook, script, {mode: 0o755});
  };

  it('waits for another push that is at the ref, to take it and to give it back', async () => {
    mkdirSync(path.dirname(open()), {recursive: true});
    writeFileSync(open(), '');
    atEachPush(`[ $n = 0 ] || rm -f '${open()}'`);
    const lock = await take('one');
    writeFileSync(open(), '');
    rmSync(path.join(folder, 'pushes'));
    expect((await lock.release()).kind).to.equal('removed');
    expect(await said()).to.equal(undefined);
  });

  it('is refused where a process that crashed has left the ref open', async () => {
    mkdirSync(path.dirname(open()), {recursive: true});
    writeFileSync(open(), '');
    expect(await refusal(take('one'))).to.match(/^lock-refused: .*File exists/s);
  });

  it('is given back although the repository refuses it once', async () => {
    const lock = await take('one');
    atEachPush('[ $n != 0 ]');
    expect((await lock.release()).kind).to.equal('removed');
    expect(await said()).to.equal(undefined);
  });

  it('goes from one to the next, and never to two at once', async () => {
    let inside = 0;
    const times: number[] = [];
    await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (id) => {
        const lock = await take(id, {longestWait: forever});
        inside += 1;
        times.push(inside);
        // time for others to come in: a look at the lock takes git's
        expect((await said())?.run).to.equal(id);
        inside -= 1;
        await lock.release();
      }),
    );
    expect(times).to.deep.equal([1, 1, 1, 1]);
    expect(await said()).to.equal(undefined);
  });

  it('is held together by the shards of one run, but by none of them twice', async () => {
    const shard = (part: string) =>
      take(part, {run: 'run 17', holder: holder(part, part), longestWait: forever});
    const locks = await Promise.all([shard('1/3'), shard('2/3'), shard('3/3')]);
    expect((await said())?.holders.map(({part}) => part).sort()).to.deep.equal(['1/3', '2/3', '3/3']);
    expect(await refusal(take('twin', {run: 'run 17', holder: holder('twin', '2/3')}))).to.match(
      /^lock-busy/,
    );
    expect(await refusal(take('other'))).to.match(/^lock-busy/);
    for (const [index, lock] of locks.entries()) {
      expect((await lock.release()).kind).to.equal('removed');
      expect((await said())?.holders.length ?? 0).to.equal(2 - index);
    }
  });

  it('is renewed while it is held, and taken from one that is silent', async () => {
    const lock = await take('living', {times: {...never, renewal: 1}});
    const first = await said();
    let now = first;
    while (now?.holders[0]?.renewal === first?.holders[0]?.renewal) now = await said();
    expect(now?.holders[0]?.id).to.equal('living');
    await lock.release();
    await take('silent');
    const heir = await take('heir', {longestWait: forever, times: {...never, dead: 1}});
    expect((await said())?.holders.map(({id}) => id)).to.deep.equal(['heir']);
    await heir.release();
  });

  /** A loss that is told of, and whom to tell. */
  function loss(): readonly [Promise<CorectlError>, (error: CorectlError) => void] {
    let onLost: (error: CorectlError) => void = () => undefined;
    return [
      new Promise((resolve) => (onLost = resolve)),
      (error) => {
        onLost(error);
      },
    ];
  }

  /** Takes the lock without looking whose it is: whoever looks first may find it renewed each time. */
  function steal(): void {
    const git = (input: string, ...words: string[]) =>
      execFileSync('git', words, {cwd: repository, input, stdio: 'pipe', encoding: 'utf8'}).trim();
    const text = 'corectl\n\n{"corectlLock":1,"run":"thief","holders":[]}';
    const id = git(text, 'commit-tree', git('', 'mktree'));
    for (let tries = 1; ; tries += 1) {
      try {
        git('', 'update-ref', ref, id);
        return;
      } catch (error) {
        // its holder is writing to it at this moment
        if (tries === 100) throw error;
      }
    }
  }

  it('that others took is told to whoever had it, and left to them', async () => {
    const [lost, onLost] = loss();
    const lock = await take('robbed', {times: {...never, renewal: 1}, onLost});
    steal();
    expect((await lost).code).to.equal('lock-lost');
    expect((await lock.release()).kind).to.equal('lost');
    expect((await said())?.run).to.equal('thief');
  });

  for (const [what, change] of [
    [
      'others took',
      () => {
        steal();
      },
    ],
    ['somebody removed', () => execFileSync('git', ['update-ref', '-d', ref], {cwd: repository})],
  ] as const)
    it(`that ${what} before the next sign of life is told when it is given back`, async () => {
      const lock = await take('robbed');
      change();
      const released = await lock.release();
      expect(released).to.have.nested.property('error.code', 'lock-lost');
    });

  it('that cannot be renewed is given up before others take it', async () => {
    const [lost, onLost] = loss();
    await take('cut off', {times: {...never, renewal: 1, lost: 200}, onLost});
    // at once: a push that is under way writes to what would be removed file by file
    renameSync(repository, `${repository}-gone`);
    expect((await lost).code).to.equal('lock-lost');
  });

  it('is refused where the repository does not let it be written', async () => {
    execFileSync('git', ['config', 'receive.hideRefs', 'refs/corectl'], {cwd: repository});
    expect(await refusal(take('one'))).to.match(
      /^lock-refused: cannot write the lock refs\/corectl\/locks\/payments\/prod/,
    );
  });

  it('is not taken from somebody who is not understood', async () => {
    const stranger = remote();
    await stranger.replace(undefined, 'something else');
    expect(await refusal(take('one'))).to.match(/^lock-busy: .*does not understand/);
  });

  it('takes nobody for dead who shows a sign of life, whatever the clocks of the machines say', () => {
    const watch = new Watch(90);
    const at = (renewal: number, now: number) => watch.isDead({...holder('x'), renewal}, now);
    expect([at(0, 1000), at(0, 1089), at(1, 1090), at(1, 1179), at(1, 1180)]).to.deep.equal([
      ...[false, false, false, false, true],
    ]);
    const two = {run: 'r', holders: [holder('dead', '1/2'), holder('living', '2/2')]};
    const mine = {run: 'other', holder: holder('me')};
    expect(claim(two, mine, ({id}) => id === 'dead')).to.deep.equal(holder('living', '2/2'));
    expect(claim(two, mine, () => true)).to.deep.equal({run: 'other', holders: [holder('me')]});
  });

  it('has a name that git takes, whatever tenants and stages are called', () => {
    expect(lockRef('a.b', 'prod ~1')).to.equal('refs/corectl/locks/a%2eb/prod%20%7e1');
    for (const name of ['..', '.lock', 'a/b', '@{', 'ä', '-x', 'x.lock'])
      execFileSync('git', ['check-ref-format', lockRef(name, name)]);
  });
});
