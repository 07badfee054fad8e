/** A signal that follows another one after so many milliseconds; what is under way gets them to come to its end. */
export function delayedSignal(signal: AbortSignal, milliseconds: number): AbortSignal {
  const controller = new AbortController();
  const follow = () => {
    setTimeout(() => {
      controller.abort(signal.reason);
    }, milliseconds).unref();
  };
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, {once: true});
  return controller.signal;
}
