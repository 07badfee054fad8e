// A promotion in a process of its own: to measure its memory, or to kill it.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, rmSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import {buildSync} from 'esbuild';
import type {Report} from '../../src/lib/promotion/report.ts';
import {promoteForTest, type AnySite, type PromotionOfTest} from './promotion.ts';

export interface ApartResult {
  readonly report: Report;
  /** The most memory that the process ever had, in MiB. */
  readonly peakMemory: number;
}

type ApartOptions = Pick<PromotionOfTest, 'from' | 'to'> &
  Partial<Pick<PromotionOfTest, 'images' | 'concurrency' | 'retries'>>;

/** Starts a promotion in a child process. */
export function promoteApart(options: ApartOptions): {child: ChildProcess; result: Promise<ApartResult>} {
  const plain = {...options, from: plainSite(options.from), to: options.to.map(plainSite)};
  const child = spawn(process.execPath, [program(), JSON.stringify(plain)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const result = Promise.all([text(child.stdout), once(child, 'close')]).then(
    ([output]) => JSON.parse(output) as ApartResult,
  );
  result.catch(() => undefined);
  return {child, result};
}

let bundle: string | undefined;

/** This file and all of ours that it imports as one, made once a process: it starts in a sixth of the time that translating each anew takes. */
function program(): string {
  if (bundle !== undefined) return bundle;
  const outfile = fileURLToPath(
    new URL(`../../node_modules/.cache/promote-apart-${process.pid}.mjs`, import.meta.url),
  );
  buildSync({
    entryPoints: [fileURLToPath(import.meta.url)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  process.once('exit', () => {
    rmSync(outfile, {force: true});
  });
  return (bundle = outfile);
}

const plainSite = (site: AnySite): AnySite =>
  'folder' in site ? site : {name: site.name, path: site.path, registry: {host: site.registry.host}};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const {report} = await promoteForTest(JSON.parse(process.argv[2] ?? '') as PromotionOfTest);
  const peakMemory = Math.round(peakKibibytes() / 1024);
  process.stdout.write(JSON.stringify({report, peakMemory}));
}

/** Of this program alone: what the system counts as used begins, on Linux, with the size of the process that started it. */
function peakKibibytes(): number {
  const status = '/proc/self/status';
  const [, peak] = (existsSync(status) && /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'))) || [];
  return peak === undefined ? process.resourceUsage().maxRSS : Number(peak);
}
