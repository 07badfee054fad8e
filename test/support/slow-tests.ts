/** Whether there is time for tests of minutes: `CORECTL_SLOW_TESTS=1`. */
export const slowTests = Boolean(process.env.CORECTL_SLOW_TESTS);

/** A suite of minutes: skipped, and said so in its title, where there is no time for it. */
export function describeSlow(title: string, define: (this: Mocha.Suite) => void): void {
  if (slowTests) describe(title, define);
  else describe.skip(`${title} (set CORECTL_SLOW_TESTS=1)`, define);
}
