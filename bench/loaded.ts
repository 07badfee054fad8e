import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {measure, type Run} from './measure.ts';

const dist = new URL('../dist/', import.meta.url).href;

// text that only the library's own code has
const libraries = {
  'the AWS SDK': 'AmazonEC2ContainerRegistry_V20150921',
  '@azure/identity': 'msal',
  'google-auth-library': 'workforcePoolUserProject',
} as const;

export interface Loaded {
  /** How many files of the bundle a run loaded. */
  readonly files: number;
  /** How many there are. */
  readonly all: number;
  /** The libraries of clouds that were among them. */
  readonly clouds: readonly string[];
}

/** Runs a command of corectl once and tells what it loaded, by Node's own coverage; `folder` is for its files. */
export async function loadedBy(run: Run, folder: string): Promise<Loaded> {
  const coverage = await mkdtemp(path.join(folder, 'coverage-'));
  try {
    await measure([{...run, env: {...run.env, NODE_V8_COVERAGE: coverage}}]);
    const files = await filesOf(coverage);
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    const clouds = Object.entries(libraries).filter(([, text]) => texts.some((one) => one.includes(text)));
    const all = await readdir(new URL(dist), {recursive: true});
    return {
      files: files.length,
      all: all.filter((file) => file.endsWith('.cjs')).length,
      clouds: clouds.map(([name]) => name),
    };
  } finally {
    await rm(coverage, {recursive: true, force: true});
  }
}

/** What falls short where libraries of clouds were loaded without need. */
export function needless({clouds}: Loaded): string[] {
  return clouds.map((name) => `${name} is loaded`);
}

/** A sentence for below the table. */
export function sentenceOf({files, all, clouds}: Loaded): string {
  return `loads ${files} of ${all} files, ${clouds.length === 0 ? 'no library of a cloud' : clouds.join(', ')}`;
}

/** The files of the bundle that a coverage folder names, each once. */
async function filesOf(coverage: string): Promise<string[]> {
  const urls = new Set<string>();
  for (const name of await readdir(coverage)) {
    const {result} = JSON.parse(await readFile(path.join(coverage, name), 'utf8')) as {
      result: {url: string}[];
    };
    for (const {url} of result) if (url.startsWith(dist)) urls.add(url);
  }
  if (urls.size === 0) throw new Error('the run told of no file that it loaded');
  return [...urls].map((url) => fileURLToPath(url));
}
