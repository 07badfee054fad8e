import {onAbort} from '../on-abort.ts';

/**
 * A signal that is aborted so many milliseconds after another one: the time that work under way gets to end by itself. It is
 * the same one for all who ask: a run has thousands of writes, and one signal for all of them.
 */
export function delayedSignal(signal: AbortSignal, milliseconds: number): AbortSignal {
  const ofSignal = delayed.get(signal) ?? new Map<number, AbortSignal>();
  delayed.set(signal, ofSignal);
  const made = ofSignal.get(milliseconds) ?? delayedBy(signal, milliseconds);
  ofSignal.set(milliseconds, made);
  return made;
}

const delayed = new WeakMap<AbortSignal, Map<number, AbortSignal>>();

function delayedBy(signal: AbortSignal, milliseconds: number): AbortSignal {
  const controller = new AbortController();
  onAbort(signal, () => {
    setTimeout(() => {
      controller.abort(signal.reason);
    }, milliseconds).unref();
  });
  return controller.signal;
}
