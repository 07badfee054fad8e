/** What is typed of a command line, as its shell reads it. */
export interface TypedLine {
  /** The words, without quotes and backslashes; the last one is the one at the cursor, and may be empty. */
  readonly words: readonly string[];
  /** The quote that is open at the cursor; empty where none is. */
  readonly quote: string;
}

/** Reads a command line up to the cursor; what begins anew behind `;`, `|` or `&` is the line. */
export function typedLine(line: string): TypedLine {
  let words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const [part] of line.matchAll(/'[^']*'?|"(?:\\[^]|[^"\\])*"?|\\[^]?|\s+|[;|&]+|[^\s'"\\;|&]+/g)) {
    quote = '';
    if (/^[\s;|&]/.test(part)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      if (!/^\s/.test(part)) words = [];
    } else {
      word = `${word ?? ''}${unquoted(part)}`;
      if (/^(?:'[^']*|"(?:\\[^]|[^"\\])*)$/.test(part)) [quote = ''] = part;
    }
  }
  return {words: [...words, word ?? ''], quote};
}

function unquoted(part: string): string {
  if (part.startsWith("'")) return part.replace(/^'|'$/g, '');
  if (part.startsWith('"')) return part.replace(/^"|"$/g, '').replace(/\\(["\\$`])/g, '$1');
  return part.startsWith('\\') ? part.slice(1) : part;
}
