import {printable} from '../../printable.ts';

/** Text of any origin as it may stand in HTML and XML, between tags and in quoted attributes. */
export function escaped(text: string, limit = 300): string {
  return printable(text, limit).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Colours of groups of equal digests, to be told apart also by those who see fewer: light, then dark. Letters tell the rest. */
export const groupColours: readonly (readonly [string, string])[] = [
  ['#dbeafe', '#1e3a6e'],
  ['#fdecc8', '#5a4208'],
  ['#d7f5dd', '#14532d'],
  ['#f3e0fb', '#4c1d66'],
  ['#d5f3f6', '#124a52'],
  ['#fbe0e6', '#661d33'],
  ['#e6e8c8', '#474a12'],
  ['#e4e4ea', '#3a3a46'],
];

/** The class of a group. */
export const groupClass = (group: number | null): string =>
  group === null ? 'none' : `g${(group - 1) % groupColours.length}`;
