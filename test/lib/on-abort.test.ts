import {getEventListeners} from 'node:events';
import {expect} from 'chai';
import {onAbort} from '../../src/lib/on-abort.ts';

describe('what follows a signal', () => {
  it('is called once each, in the order in which it came, over one listener', () => {
    const controller = new AbortController();
    const called: string[] = [];
    const note = () => called.push('twice');
    onAbort(controller.signal, () => called.push('first'));
    onAbort(controller.signal, note);
    onAbort(controller.signal, note);
    expect(getEventListeners(controller.signal, 'abort')).to.have.length(1);
    controller.abort();
    controller.abort();
    expect(called).to.deep.equal(['first', 'twice', 'twice']);
  });

  it('is called at once when the signal is aborted already', () => {
    let called = 0;
    onAbort(AbortSignal.abort(), () => (called += 1))();
    expect(called).to.equal(1);
  });

  it('is not called when it was taken back, and keeps nothing listening; others are called', () => {
    const controller = new AbortController();
    const called: string[] = [];
    const takeBack = onAbort(controller.signal, () => called.push('taken back'));
    const last = onAbort(controller.signal, () => called.push('stays'));
    takeBack();
    takeBack();
    last();
    expect(getEventListeners(controller.signal, 'abort')).to.have.length(0);
    onAbort(controller.signal, () => called.push('again'));
    controller.abort();
    expect(called).to.deep.equal(['again']);
  });

  it('may end what follows as well', () => {
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => {
      others();
      called.push('first');
    });
    const others = onAbort(controller.signal, () => called.push('second'));
    controller.abort();
    expect(called).to.deep.equal(['first']);
  });
});
