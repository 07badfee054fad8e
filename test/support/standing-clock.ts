/**
 * Does something while the clock for durations stands still: nobody falls behind by it, however busy the machine is. Timers
 * go on. For counts that a destination which was late would change.
 */
export async function whileTheClockStands<T>(task: () => Promise<T>): Promise<T> {
  const moment = performance.now();
  performance.now = () => moment;
  try {
    return await task();
  } finally {
    // that of all clocks is there again
    Reflect.deleteProperty(performance, 'now');
  }
}
