import {nearest} from '../nearest.ts';
import {printable} from '../printable.ts';
import {ask} from './ask.ts';

export interface Choice {
  /** `tenant` */
  readonly what: string;
  /** Empty where nobody knows them: then whatever is typed is taken. */
  readonly among: readonly string[];
  /** Shows a line. */
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Asks for one of the words, by itself or its number, until the answer is one of them. Raises what asking raises. */
export async function choose({what, among, note, signal}: Choice): Promise<string> {
  for (const line of numbered(among)) note(line);
  for (;;) {
    const answer = await ask(`${what}: `, signal);
    const found = among.length === 0 || among.includes(answer) ? answer : among[Number(answer) - 1];
    if (found) return found;
    if (answer !== '') note(`there is no ${what} ${printable(answer, 80)}${meant(answer, among)}`);
  }
}

/** As many as fit above the question in a small terminal. */
const shownAtMost = 20;

function numbered(words: readonly string[]): string[] {
  const lines = words
    .slice(0, shownAtMost)
    .map((word, index) => `${`${index + 1}`.padStart(4)}  ${printable(word)}`);
  const more = words.length - lines.length;
  return more > 0 ? [...lines, `      and ${more} more`] : lines;
}

function meant(answer: string, among: readonly string[]): string {
  const near = nearest(answer, among);
  return near.length === 0 ? '' : `: did you mean ${near.map((one) => printable(one)).join(' or ')}?`;
}
