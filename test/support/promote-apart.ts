// A promotion in a process of its own: to measure its memory, or to kill it.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {rmSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import {buildSync} from 'esbuild';
import type {Report} from '../../src/lib/promotion/report.ts';
import type {AnySite, PromotionOfTest} from './promotion.ts';

export interface ApartResult {
  readonly report: Report;
  /** The most memory that the process ever had, in MiB. */
  readonly peakMemory: number;
}

type ApartOptions = Pick<PromotionOfTest, 'from' | 'to'> &
  Partial<Pick<PromotionOfTest, 'images' | 'concurrency' | 'retries' | 'limits'>>;

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

/** The program and all that it imports as one file, made once a process: each start takes a fraction of the time that loading them one by one does. */
function program(): string {
  if (bundle !== undefined) return bundle;
  const outfile = fileURLToPath(
    new URL(`../../node_modules/.cache/promote-apart-${process.pid}.mjs`, import.meta.url),
  );
  buildSync({
    entryPoints: [fileURLToPath(new URL('promote-apart-program.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // bundled CommonJS calls require() for Node's own modules
    banner: {
      js: "import {createRequire as requireOf} from 'node:module'; const require = requireOf(import.meta.url);",
    },
  });
  process.once('exit', () => {
    rmSync(outfile, {force: true});
  });
  return (bundle = outfile);
}

const plainSite = (site: AnySite): AnySite =>
  'folder' in site ? site : {name: site.name, path: site.path, registry: {host: site.registry.host}};
