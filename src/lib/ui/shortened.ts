/** Text in so many columns: what is too long loses its middle, as names differ at their ends. */
export function shortened(text: string, columns: number): string {
  const characters = Array.from(text);
  if (characters.length <= columns) return text;
  const kept = Math.max(columns - 1, 0);
  const head = Math.ceil(kept / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (kept - head)).join('')}`;
}
