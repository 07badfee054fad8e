import {getEventListeners} from 'node:events';
import {expect} from 'chai';
import {within} from '../../../src/lib/promotion/within.ts';
import {OciError} from '../../../src/lib/oci-error.ts';

/** Rejects when the signal is aborted. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const end = () => {
      reject(new Error('broken off'));
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('work within a time', () => {
  it('is broken off when the time is over, and says so', async () => {
    const {signal} = new AbortController();
    const error = await within(1, (bound) => aborted(bound.beside(signal))).catch((error: unknown) => error);
    expect(error).to.be.instanceOf(OciError);
    expect(error).to.include({code: 'timeout'});
  });

  it('is broken off with the run, for its reason, also where the run has ended before', async () => {
    for (const isEarly of [true, false]) {
      const run = new AbortController();
      if (isEarly) run.abort('enough');
      let seen: AbortSignal | undefined;
      const work = within(60_000, (bound) => aborted((seen = bound.beside(run.signal))));
      run.abort('enough');
      const error = await work.catch((error: unknown) => error);
      expect(String(error)).to.equal('Error: broken off');
      expect(seen?.reason).to.equal('enough');
    }
  });

  it('leaves nothing at the run when it is done, however much was asked, and asks for no signal itself', async () => {
    const {signal} = new AbortController();
    await within(60_000, (bound) => {
      expect(bound.beside(signal)).to.equal(bound.beside(signal));
      expect(listenersOf(signal)).to.equal(1);
      return Promise.resolve();
    });
    expect(listenersOf(signal)).to.equal(0);
  });

  it('that fails is broken off with the run, as far as it is under way', async () => {
    const run = new AbortController();
    let left: AbortSignal | undefined;
    await within(60_000, (bound) => {
      left = bound.beside(run.signal);
      return Promise.reject(new Error('one of two'));
    }).catch(() => undefined);
    run.abort();
    expect(left?.aborted).to.equal(true);
  });
});
