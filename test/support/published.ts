// Whether what corectl writes is what its schemas say: nothing missing, nothing more.
import assert from 'node:assert/strict';
import {lstatSync, readFileSync} from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import {expectNothingPrinted} from './canary.ts';
import {publishedDocuments, shapeOf} from './documents.ts';

/** Raises where a document has not the shape that its schema tells, or a field that it does not tell. */
export function expectPublished(name: string, document: unknown): void {
  const published = publishedDocuments[name];
  assert(published !== undefined, `there is no schema for ${name}: name it in test/support/documents.ts`);
  const {success, data, error} = z.safeParse(shapeOf(published), document);
  assert(success, `not as schemas/v1/${name}.json tells: ${error?.message ?? ''}\n${excerpt(document)}`);
  // what is not told is not in the parsed one
  assert.deepEqual(data, document, `fields that schemas/v1/${name}.json does not tell`);
}

/** One run of corectl, as far as it matters for the documents that it wrote. */
interface Run {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly stdout: string;
  /** Null for a child that was killed. */
  readonly code: number | null;
}

/** The same for the documents of a run: what --json printed, which must be one document, and the plan that was saved. */
export function expectPublishedBy({args, cwd, stdout, code}: Run): void {
  if (code === null || args.some((arg) => /^(?:--help|-h|help)$/.test(arg))) return;
  const end = args.indexOf('--');
  const words = end === -1 ? args : args.slice(0, end);
  if (words.includes('--json')) expectPublished(schemaOf(words), documentIn(stdout, args));
  const events = words[words.indexOf('--events') + 1] ?? '-';
  // refused beside a document
  const onStdout = stdout === '' || words.includes('--json') ? [] : [stdout];
  if (words.includes('--events'))
    for (const text of events === '-' ? onStdout : textIn(path.resolve(cwd, events)))
      expectEvents(text, code);
  const plan = words[words.indexOf('--save-plan') + 1];
  if (words.includes('--save-plan') && code === 0 && plan !== undefined)
    for (const text of textIn(path.resolve(cwd, plan))) expectPublished('saved-plan', JSON.parse(text));
}

/** Each line is an event as its schema tells, and the last one, and no other, tells how it ended. */
function expectEvents(text: string, code: number): void {
  expectNothingPrinted('events', text);
  const lines = text.split('\n').slice(0, -1);
  const events = lines.map((line) => JSON.parse(line) as {kind: string; exitCode?: number});
  for (const event of events) expectPublished('event', event);
  const kinds = events.map(({kind}) => kind);
  assert.deepEqual([kinds[0], kinds.indexOf('ended')], ['started', kinds.length - 1]);
  assert.equal(events.at(-1)?.exitCode, code);
}

/** The schema of the command that the words begin with. */
function schemaOf(words: readonly string[]): string {
  const flag = words.findIndex((word) => word.startsWith('-'));
  const [topic = '', command = ''] = flag === -1 ? words : words.slice(0, flag);
  return [`${topic}-${command}`, topic].find((name) => name in publishedDocuments) ?? 'error';
}

function documentIn(stdout: string, args: readonly string[]): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    assert.fail(`expected one document on stdout of corectl ${args.join(' ')}, found: ${excerpt(stdout)}`);
  }
}

/** A plan may be written to what is no file. */
function textIn(file: string): string[] {
  return lstatSync(file, {throwIfNoEntry: false})?.isFile() === true ? [readFileSync(file, 'utf8')] : [];
}

const excerpt = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 2000);
