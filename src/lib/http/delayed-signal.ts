/** A signal that is aborted so many milliseconds after another one: the time that work under way gets to end by itself. */
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
