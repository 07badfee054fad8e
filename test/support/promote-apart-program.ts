// What promote-apart.ts starts: promotes as its argument says, and prints the report and the memory that it took.
import {existsSync, readFileSync} from 'node:fs';
import type {ApartResult} from './promote-apart.ts';
import {promoteForTest, type PromotionOfTest} from './promotion.ts';

const {report} = await promoteForTest(JSON.parse(process.argv[2] ?? '') as PromotionOfTest);
const peakMemory = Math.round(peakKibibytes() / 1024);
process.stdout.write(JSON.stringify({report, peakMemory} satisfies ApartResult));

/** Of this program alone: what the system counts as used begins, on Linux, with the size of the process that started it. */
function peakKibibytes(): number {
  const status = '/proc/self/status';
  const [, peak] = (existsSync(status) && /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'))) || [];
  return peak === undefined ? process.resourceUsage().maxRSS : Number(peak);
}
