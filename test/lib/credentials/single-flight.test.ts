import {expect} from 'chai';
import {shareWork} from '../../../src/lib/credentials/single-flight.ts';

describe('shared work', () => {
  /** Work that ends when told, and who waits for it. */
  function start() {
    let finish: (value: string) => void = () => undefined;
    let given: AbortSignal | undefined;
    const work = shareWork((signal) => {
      given = signal;
      return new Promise<string>((resolve) => (finish = resolve));
    });
    const [one, other] = [new AbortController(), new AbortController()];
    return {
      work,
      one,
      other,
      finish: (value: string) => {
        finish(value);
      },
      abandoned: () => given?.aborted,
    };
  }
  const outcome = (promise: Promise<string>) => promise.catch((error: unknown) => (error as Error).message);

  it('goes on for those who still wait when one gives up', async () => {
    const {work, one, other, finish, abandoned} = start();
    const [impatient, patient] = [outcome(work.wait(one.signal)), outcome(work.wait(other.signal))];
    one.abort(new Error('given up'));
    expect(await impatient).to.equal('given up');
    expect(abandoned()).to.equal(false);
    finish('done');
    expect(await patient).to.equal('done');
    expect(work.state()).to.equal('settled');
  });

  it('is abandoned when everyone gave up', async () => {
    const {work, one, other, abandoned} = start();
    const waiting = [outcome(work.wait(one.signal)), outcome(work.wait(other.signal))];
    one.abort(new Error('given up'));
    other.abort(new Error('given up'));
    expect(await Promise.all(waiting)).to.deep.equal(['given up', 'given up']);
    expect(abandoned()).to.equal(true);
    expect(work.state()).to.equal('abandoned');
  });
});
