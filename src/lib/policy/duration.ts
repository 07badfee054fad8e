import {refuse, type Read} from './reading.ts';

/** A length of time as a policy writes it. */
export interface Duration {
  readonly text: string;
  readonly milliseconds: number;
}

const minute = 60_000;
const units: Readonly<Record<string, number>> = {
  m: minute,
  h: 60 * minute,
  d: 24 * 60 * minute,
  w: 7 * 24 * 60 * minute,
};

/** `30m`, `24h`, `7d`, `2w` */
export const duration: Read<Duration> = (node, problems) => {
  const [, number, unit] = ('text' in node && /^([1-9][0-9]{0,4})([mhdw])$/.exec(node.text)) || [];
  if (!('text' in node) || number === undefined || unit === undefined) {
    refuse(node, 'a length of time such as 30m, 24h or 7d', problems);
    return undefined;
  }
  return {text: node.text, milliseconds: Number(number) * (units[unit] ?? 0)};
};

/** How long something was, in the largest unit that fits: `3 hours`. */
export function formatSpan(milliseconds: number): string {
  const [name, size] = spans.find(([, size]) => milliseconds >= size) ?? ['second', 1000];
  const number = Math.floor(milliseconds / size);
  return `${number} ${name}${number === 1 ? '' : 's'}`;
}

const spans: readonly (readonly [string, number])[] = [
  ['day', 24 * 60 * minute],
  ['hour', 60 * minute],
  ['minute', minute],
];
