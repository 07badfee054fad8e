import {printable} from '../printable.ts';

/** What is left out and why, in one line: `Left out: prod-us (prod): not enabled; prod-cn (prod): not the tenant's`. */
export function leftOutLine(
  leftOut: readonly {readonly environment: string; readonly stage: string; readonly reason: string}[],
): string {
  const told = leftOut.map(({environment, stage, reason}) => `${environment} (${stage}): ${reason}`);
  return printable(`Left out: ${[...new Set(told)].join('; ')}`, 4000);
}
