import {expect} from 'chai';
import {Pace} from '../../../src/lib/http/pace.ts';

/** Requests that end when they are told to. */
function held(): {
  request: () => Promise<void>;
  inFlight: () => number;
  most: () => number;
  answerAll: () => Promise<void>;
} {
  let open: (() => void)[] = [];
  let most = 0;
  return {
    request: () =>
      new Promise((resolve) => {
        open.push(resolve);
        most = Math.max(most, open.length);
      }),
    inFlight: () => open.length,
    most: () => most,
    answerAll: async () => {
      const answered = open;
      open = [];
      for (const resolve of answered) resolve();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const ask = (pace: Pace, count: number, request: () => Promise<void>): Promise<unknown> =>
  Promise.all(Array.from({length: count}, () => pace.run('registry', request)));

async function answered(requests: ReturnType<typeof held>, all: Promise<unknown>): Promise<void> {
  const state = {over: false};
  void all.then(() => (state.over = true));
  for (let round = 0; !state.over && round < 1000; round += 1) await requests.answerAll();
  await all;
}

describe('the pace of requests to a host', () => {
  it('begins careful', async () => {
    const requests = held();
    const all = ask(new Pace(), 100, requests.request);
    await new Promise((resolve) => setImmediate(resolve));
    expect(requests.inFlight()).to.equal(32);
    await answered(requests, all);
  });

  it('grows while requests wait and answers stay quick, up to a bound', async () => {
    const requests = held();
    await answered(requests, ask(new Pace(), 1000, requests.request));
    expect(requests.most()).to.equal(48);
  });

  it('does not grow for what a further round of answers will make room for', async () => {
    const requests = held();
    await answered(requests, ask(new Pace(), 64, requests.request));
    expect(requests.most()).to.equal(32);
  });

  it('does not grow when nothing waits', async () => {
    const pace = new Pace();
    const requests = held();
    for (let round = 0; round < 20; round += 1) await answered(requests, ask(pace, 4, requests.request));
    const burst = ask(pace, 100, requests.request);
    await new Promise((resolve) => setImmediate(resolve));
    expect(requests.inFlight()).to.equal(32);
    await answered(requests, burst);
  });

  it('is halved when the host says that it is too much, once for many answers that say so', async () => {
    const pace = new Pace();
    const requests = held();
    await answered(requests, ask(pace, 1000, requests.request));
    for (let i = 0; i < 10; i += 1) pace.pause('registry', 50);
    const next = ask(pace, 100, requests.request);
    // half of 48, and no more when they have been there for a moment
    await until(() => requests.inFlight() >= 24);
    await new Promise((resolve) => setImmediate(resolve));
    expect(requests.inFlight()).to.equal(24);
    await answered(requests, next);
  });

  it('never exceeds what the user allows', async () => {
    const requests = held();
    await answered(requests, ask(new Pace(3), 200, requests.request));
    expect(requests.most()).to.equal(3);
  });

  it('leaves other hosts alone', async () => {
    const pace = new Pace();
    pace.pause('registry', 60_000);
    expect(await pace.run('another', () => Promise.resolve('answer'))).to.equal('answer');
  });
});

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition() && performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}
