/** V8's flags for copying gigabytes and asking thousands of questions, and what each says by itself. */
export const tunedFlags = [
  // Buffers come and go by the thousand while the heap stays small. V8 begins to mark in the background again and again
  // because of them, which takes a third of all processor time; marking at once takes milliseconds, and seldom.
  {tuned: '--no-incremental-marking', untuned: '--incremental-marking'},
  // what is new is looked at more often, in a fraction of a millisecond, and buffers that are done with go sooner
  {tuned: '--semi-space-growth-factor=1', untuned: '--semi-space-growth-factor=2'},
  // what a collection frees is freed at once: to hand thousands of buffers to another thread costs more
  {tuned: '--no-concurrent-array-buffer-sweeping', untuned: '--concurrent-array-buffer-sweeping'},
  // the heap is collected when it has grown by half, not to four times of what was in use: what requests leave behind has
  // mostly grown old with them
  {tuned: '--heap-growing-percent=50', untuned: '--heap-growing-percent=0'},
] as const;
