import {expect} from 'chai';
import fc from 'fast-check';
import {Rates} from '../../../src/lib/http/rates.ts';

/** A clock that stands still until somebody waits, and is late by what `late` says. */
function virtualClock(late: () => number = () => 0) {
  let time = 0;
  return {
    now: () => time,
    wait: async (milliseconds: number, signal?: AbortSignal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted !== true) time += milliseconds + late();
    },
  };
}

/** When so many requests went out, in milliseconds. */
async function sent(count: number, perSecond: number, late?: () => number): Promise<number[]> {
  const clock = virtualClock(late);
  const rates = new Rates(new Map([['registry.example.com', perSecond]]), clock);
  const times: number[] = [];
  await Promise.all(
    Array.from({length: count}, async () => {
      await rates.turn('registry.example.com');
      times.push(clock.now());
    }),
  );
  return times;
}

describe('requests per second', () => {
  it('are no more than that in any second, however late a machine is', async () => {
    const lateness = fc.array(fc.nat(120), {minLength: 1, maxLength: 20});
    await fc.assert(
      fc.asyncProperty(fc.integer({min: 1, max: 200}), lateness, async (perSecond, late) => {
        let index = 0;
        const times = await sent(perSecond * 3, perSecond, () => late[index++ % late.length] ?? 0);
        for (const [first, time] of times.entries()) {
          const within = times.slice(first).filter((one) => one < time + 1000).length;
          expect(within, `from ${time} ms`).to.be.at.most(perSecond);
        }
      }),
      {numRuns: 40},
    );
  });

  it('are nearly that many', async () => {
    for (const perSecond of [1, 10, 100, 1000]) {
      const times = await sent(perSecond * 10, perSecond);
      expect(times.at(-1), `${perSecond} a second`).to.be.within(9000, 10_800);
    }
    expect((await sent(4, 0.5)).at(-1)).to.equal(6000);
  });

  it('hold up no other host', async () => {
    const clock = virtualClock();
    const rates = new Rates(new Map([['slow.example.com', 1]]), clock);
    await Promise.all(Array.from({length: 1000}, () => rates.turn('fast.example.com')));
    expect([clock.now(), rates.unused]).to.deep.equal([0, ['slow.example.com']]);
    await rates.turn('slow.example.com');
    expect(rates.unused).to.deep.equal([]);
  });

  it('let go of those that wait when they are interrupted', async () => {
    const clock = virtualClock();
    const rates = new Rates(new Map([['slow.example.com', 0.001]]), clock);
    const signal = AbortSignal.abort();
    await rates.turn('slow.example.com');
    await Promise.all(Array.from({length: 100}, () => rates.turn('slow.example.com', signal)));
    expect(clock.now()).to.equal(0);
  });
});
