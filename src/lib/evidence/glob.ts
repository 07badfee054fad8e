/**
 * Whether a text is what a pattern describes, as a whole: `*` stands for any characters but `/` and `@`, everything else
 * for itself.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  // the first place of each will do: what a later one would leave to the star before it, the star behind it takes as well.
  // A regular expression would try them all, and certificates are written by others.
  for (const literal of others) {
    const found = text.indexOf(literal, at);
    if (found < 0 || !isStar(text.slice(at, found))) return false;
    at = found + literal.length;
  }
  const end = text.length - last.length;
  return end >= at && text.endsWith(last) && isStar(text.slice(at, end));
}

const isStar = (part: string): boolean => !/[/@]/.test(part);
