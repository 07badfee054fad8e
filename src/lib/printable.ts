import {redacted} from './hidden.ts';

// What moves a cursor, forges a line, reorders text or is not seen: controls, line and paragraph separators, bidirectional
// controls, what displays as nothing (soft hyphens, fillers, tags, variation selectors), interlinear marks, halves of pairs.
const dangerous =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]+/gu;
const dangerousOnTerminals = new RegExp(`(?![\\n\\r\\t\\u001b])${dangerous.source.slice(0, -1)}`, 'gu');
const dangerousInLogs = new RegExp(`(?![\\n\\r\\t])${dangerous.source.slice(0, -1)}`, 'gu');

// `##[group]`, `##vso[…]`, `##teamcity[…]`: runners look for them anywhere in a line
const command = /#(?=#\w*\[)/g;

/**
 * Text from outside as one line that is safe on a terminal and in a CI log: control characters become spaces, secrets a
 * mark, and it is cut after `limit` characters. It never starts with `::` or `##`, nor has `##[…]` or `##vso[…]` anywhere:
 * CI systems take them for commands.
 */
export function printable(text: string, limit = 300): string {
  const line = redacted(text)
    .replace(dangerous, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .replace(/^(?:::|##|\s)+/, '')
    .replace(command, '# ');
  return line.length <= limit ? line : `${line.slice(0, limit)}…`;
}

/**
 * All that a process prints, of whichever origin: without secrets and commands to a CI system, and for `logs` without
 * what only a terminal needs. Line ends, tabs and, on terminals, what corectl draws with stay.
 */
export function printableOutput(text: string, {logs}: {readonly logs: boolean}): string {
  return redacted(text)
    .replace(logs ? dangerousInLogs : dangerousOnTerminals, ' ')
    .replace(command, '# ')
    .replace(/^([^\S\r\n]*:):/gm, '$1 :');
}

/** A value as a JSON document in which nothing can be taken for a command or a control: it is escaped, so it reads the same. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(dangerousInLogs, escaped).replace(command, '\\u0023');
}

/** The same in one line, the line ended, and without secrets, for what goes to no stream that takes them out. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value, (_, one: unknown) => (typeof one === 'string' ? redacted(one) : one));
  return `${text.replace(dangerousInLogs, escaped).replace(command, '\\u0023')}\n`;
}

const escaped = (character: string): string =>
  Array.from(
    {length: character.length},
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
