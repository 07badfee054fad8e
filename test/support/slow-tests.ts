/** Whether there is time for tests of minutes: `CORECTL_SLOW_TESTS=1`. */
export const slowTests = Boolean(process.env.CORECTL_SLOW_TESTS);
