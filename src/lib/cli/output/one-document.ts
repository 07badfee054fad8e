import {jsonText} from '../../printable.ts';

/** Streams that a document stands on: a second one would make both unreadable. */
const written = new WeakSet<NodeJS.WriteStream>();

/** Writes the JSON document of this process; nothing where it has one already, or for a command that has none. */
export function writeDocument(stream: NodeJS.WriteStream, document: unknown): void {
  if (document === undefined || written.has(stream)) return;
  written.add(stream);
  stream.write(`${jsonText(document)}\n`);
}

/** Whether the words of a command line ask for a document: after `--` they are no flags any more. */
export function asksForDocument(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).includes('--json');
}
