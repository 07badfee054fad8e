import {printable} from '../../printable.ts';
import type {AtCursor, NextWord} from './at-cursor.ts';
import type {CompletionShell} from './shell-scripts.ts';
import {typedLine, type TypedLine} from './typed-line.ts';

/** What a shell has told of itself. */
export interface Asking {
  readonly shell: CompletionShell;
  /** The command line up to the cursor. */
  readonly line: string;
  /** The end of it that bash will replace; the others replace a word. */
  readonly replaced: string | undefined;
}

/** The lines that the shell's script reads: what kind of words, and those that begin as what is typed. */
export function answerTo(
  asking: Asking,
  here: Pick<AtCursor, 'typed' | 'known'>,
  candidates: NextWord[],
): string {
  const kind = here.known === 'files' ? 'files' : 'words';
  const fitting = candidates.filter(({value}) => value.startsWith(here.typed) && isOneLine(value));
  const lines = asking.shell === 'bash' ? fitting.flatMap(forBash(asking)) : fitting.map(withDescription);
  return [kind, ...lines].map((line) => `${line}\n`).join('');
}

/** Nothing that a terminal or a line of the answer would take for something else. */
const isOneLine = (value: string): boolean => value !== '' && printable(value, value.length) === value;

/** zsh and fish quote by themselves. */
const withDescription = ({value, description = ''}: NextWord): string =>
  `${value}\t${printable(description, 80)}`;

/** What stands in the place of what bash replaces, quoted as the rest of the word is; none where it cannot be. */
function forBash({line, replaced = ''}: Asking): (one: NextWord) => string[] {
  const {quote} = typedLine(line);
  const before = keptBy(line, replaced);
  return ({value}) => {
    if (quote === '"' && value.includes('!')) return [];
    return [quoted(value.slice(before.length), quote)];
  };
}

/** The beginning of the last word that bash leaves as it is. */
function keptBy(line: string, replaced: string): string {
  if (!line.endsWith(replaced)) return '';
  return typedLine(line.slice(0, line.length - replaced.length)).words.at(-1) ?? '';
}

/** Text in which bash expands nothing, within the quote that is open. */
function quoted(text: string, quote: TypedLine['quote']): string {
  if (quote === "'") return text.replaceAll("'", `'\\''`);
  if (quote === '"') return text.replace(/["\\$`]/g, '\\$&');
  return text.replace(/[^\p{L}\p{N}\p{M}_@%+=:,./-]/gu, '\\$&');
}
