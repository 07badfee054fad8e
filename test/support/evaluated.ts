// What of the bundle a run evaluated, by Node's own coverage.
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {packageFolder} from './cli.ts';

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly {count: number}[];
    }[];
  }[];
}

/**
 * The sources that a run with NODE_V8_COVERAGE evaluated (`src/lib/…`, `node_modules/…`; the bundler names the functions
 * that do it after them), and the libraries that it loaded (`libraries/…cjs`), each once, sorted.
 */
export function evaluatedIn(coverage: string): string[] {
  const dist = `${pathToFileURL(path.join(packageFolder, 'dist')).href}/`;
  const scripts = readdirSync(coverage)
    .map((file) => JSON.parse(readFileSync(path.join(coverage, file), 'utf8')) as Coverage)
    .flatMap(({result}) => result)
    .filter(({url}) => url.startsWith(dist));
  if (scripts.length === 0) throw new Error('the run told of no file that it loaded');
  const names = scripts.flatMap(({url, functions}) => [
    url.slice(dist.length),
    ...functions
      .filter(({ranges}) => ranges.some(({count}) => count > 0))
      .map(({functionName}) => functionName),
  ]);
  return [...new Set(names)].filter((name) => /^(?:src|node_modules|libraries)\//.test(name)).sort();
}
