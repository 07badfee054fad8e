// C0 and C1 controls, DEL, line and paragraph separators, bidirectional controls, zero-width and tag characters:
// what moves a cursor, forges a line or reorders text.
const dangerous =
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]+/gu;

/**
 * Text from outside as one line that is safe on a terminal and in a CI log: control characters become spaces, and it is
 * cut after `limit` characters. It never starts with `::` or `##`, which CI systems take for commands.
 */
export function harmless(text: string, limit = 300): string {
  const line = text
    .replace(dangerous, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .replace(/^(?:::|##|\s)+/, '');
  return line.length <= limit ? line : `${line.slice(0, limit)}…`;
}
