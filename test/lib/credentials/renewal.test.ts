import {expect} from 'chai';
import {renewing} from '../../../src/lib/credentials/renewal.ts';

/** A source whose tokens live so many seconds, and a clock. */
function source(seconds: number) {
  const state = {now: 0, asked: 0, failing: false};
  const get = renewing(
    async () => {
      state.asked += 1;
      await Promise.resolve();
      if (state.failing) throw new Error('refused');
      return {token: state.asked, expires: state.now + seconds * 1000};
    },
    () => state.now,
  );
  return {state, get};
}

describe('a credential that ends', () => {
  it('is obtained once for all who ask at the same time, and kept', async () => {
    const {state, get} = source(3600);
    const all = await Promise.all(Array.from({length: 100}, () => get()));
    expect(new Set(all.map(({token}) => token))).to.deep.equal(new Set([1]));
    await get();
    expect(state.asked).to.equal(1);
  });

  for (const [life, until] of [
    [3600, 3300],
    [2, 1.6],
  ] as const) {
    it(`of ${life} s is renewed after ${until} s`, async () => {
      const {state, get} = source(life);
      await get();
      state.now = until * 1000 - 1;
      expect((await get()).token).to.equal(1);
      state.now = until * 1000;
      expect((await get()).token).to.equal(2);
    });
  }

  it('is used to its end when it cannot be renewed, without asking for each request anew', async () => {
    const {state, get} = source(1000);
    await get();
    state.failing = true;
    state.now = 900_000;
    for (let i = 0; i < 10; i++) expect((await get()).token).to.equal(1);
    expect(state.asked).to.equal(2);
    state.now = 1_000_000;
    expect(await get().catch((error: unknown) => (error as Error).message)).to.equal('refused');
  });

  it('is replaced as soon as it was refused, once for all who saw that', async () => {
    const {state, get} = source(3600);
    await get();
    const all = await Promise.all([get({renew: true}), get({renew: true}), get()]);
    expect(all.map(({token}) => token)).to.deep.equal([2, 2, 2]);
    expect(state.asked).to.equal(2);
  });

  it('that could not be had at all is not asked for again by everyone', async () => {
    const {state, get} = source(3600);
    state.failing = true;
    for (let i = 0; i < 5; i++) expect(await get().catch(() => 'refused')).to.equal('refused');
    expect(state.asked).to.equal(1);
  });
});
