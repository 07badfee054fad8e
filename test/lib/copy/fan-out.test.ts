import {expect} from 'chai';
import {createHash, type Hash} from 'node:crypto';
import {digestOf} from '../../../src/lib/oci/digest.ts';
import {FanOut, type Branch} from '../../../src/lib/copy/fan-out.ts';
import {KeepingUp} from '../../../src/lib/copy/keeping-up.ts';
import {seededBytes} from '../../support/registry.ts';

describe('a fan-out', () => {
  const content = seededBytes(100_000, 'fan-out');
  const node = {mediaType: 'a/b', digest: digestOf(content), size: content.length};
  const impatient = {silence: 1, lag: 1};
  const hasty = {opening: impatient, unknown: impatient, proven: impatient};

  async function* read(offset: number, bytes = content): AsyncGenerator<Buffer> {
    for (let at = offset; at < bytes.length; at += 1000)
      yield await Promise.resolve(bytes.subarray(at, at + 1000));
  }

  async function collect(branch: Branch): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of branch.content()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  it('gives all of one read to every branch', async () => {
    let reads = 0;
    const fanOut = new FanOut({
      node,
      where: 'x',
      read: (offset) => ((reads += 1), read(offset)),
      slack: 2000,
    });
    const branches = [fanOut.branch(), fanOut.branch(), fanOut.branch()];
    fanOut.start();
    const all = await Promise.all(branches.map(collect));
    for (const one of all) expect(one.equals(content)).to.equal(true);
    expect(reads).to.equal(1);
  });

  it('hashes its content once, however many take it', async () => {
    const prototype = Object.getPrototypeOf(createHash('sha256')) as Hash;
    const {update} = Object.getOwnPropertyDescriptors(prototype);
    let hashed = 0;
    const fanOut = new FanOut({node, where: 'x', read: (offset) => read(offset)});
    const branches = [fanOut.branch(), fanOut.branch(), fanOut.branch(), fanOut.branch()];
    fanOut.start();
    prototype.update = function (this: Hash, chunk: Buffer) {
      hashed += chunk.length;
      return (update.value as (data: Buffer) => Hash).call(this, chunk);
    } as Hash['update'];
    try {
      await Promise.all(branches.map(collect));
    } finally {
      Object.defineProperty(prototype, 'update', update);
    }
    // the last piece once more, to be sure of it before it is given out
    expect(hashed).to.be.within(content.length, content.length + 1000);
  });

  it('lets a branch go that takes nothing, however the others happen to be timed; it has all of it later', async () => {
    let letGo = 0;
    const offsets: number[] = [];
    const fanOut = new FanOut({
      node,
      where: 'x',
      read: (offset) => (offsets.push(offset), read(offset)),
      slack: 2000,
    });
    const onLetGo = () => {
      letGo += 1;
    };
    const [fast, slow] = [
      fanOut.branch(undefined, onLetGo),
      fanOut.branch(new KeepingUp(() => 0, hasty), onLetGo),
    ];
    fanOut.start();
    expect((await collect(fast)).equals(content)).to.equal(true);
    expect(letGo).to.equal(1);
    expect(slow.queued).to.be.lessThan(4000);
    expect((await collect(slow)).equals(content)).to.equal(true);
    expect(offsets[1]).to.be.within(2000, 4000);
  });

  it('goes on when a branch leaves in the middle', async () => {
    const fanOut = new FanOut({node, where: 'x', read, slack: 2000});
    const [stays, leaves] = [fanOut.branch(), fanOut.branch()];
    fanOut.start();
    const left = (async () => {
      for await (const _chunk of leaves.content()) return;
    })();
    expect((await collect(stays)).equals(content)).to.equal(true);
    await left;
  });

  it('holds the last piece of wrong content back from every branch, also from one that was let go', async () => {
    const wrong = Buffer.from(content);
    wrong[5] = wrong[5]! ^ 1;
    const fanOut = new FanOut({
      node,
      where: 'the source',
      read: (offset) => read(offset, wrong),
      slack: 2000,
    });
    const [fast, slow] = [fanOut.branch(), fanOut.branch(new KeepingUp(() => 0, hasty))];
    fanOut.start();
    for (const branch of [fast, slow]) {
      let received = 0;
      let raised: unknown;
      try {
        for await (const chunk of branch.content()) received += chunk.length;
      } catch (error) {
        raised = error;
      }
      expect(received).to.be.lessThan(content.length);
      expect(raised).to.include({code: 'digest-mismatch'});
      expect((raised as Error).message).to.include('the source');
    }
  });

  it('stops reading when nobody is left', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(1000));
      } finally {
        closed = true;
      }
    }
    const fanOut = new FanOut({node, where: 'x', read: endless, slack: 2000});
    const content = fanOut.branch().content();
    fanOut.start();
    await content.next();
    await content.return();
    await new Promise(setImmediate);
    expect(closed).to.equal(true);
  });
});
