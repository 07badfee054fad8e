import {CorectlError} from '../../errors.ts';
import {nearest} from '../../nearest.ts';
import {printable} from '../../printable.ts';
import {usageError} from '../../usage-error.ts';

/** What people type for help, as flags: `help p2p promote` is `p2p promote --help`. */
export function asFlags([first, ...rest]: readonly string[]): string[] {
  if (first === undefined) return [];
  if (first === 'help') return [...rest, '--help'];
  return [first, ...rest];
}

/**
 * The error for a command that there is not, with those that may be meant; `commands` and topics as they are typed. What follows a command
 * that takes no argument is taken for a part of its name by oclif; it is not shown, as it may be an address with a password.
 */
export function unknownCommand(words: readonly string[], commands: readonly string[]): CorectlError {
  const typed = typedNames(words);
  const whole = commands.find((command) => beginsWith(typed, command));
  if (whole !== undefined)
    return usageError('usage', `corectl ${whole} takes no argument, only flags, and found one`, [
      ...(whole === 'init' ? ['corectl init --environments-repo URL|PATH'] : []),
      `corectl ${whole} --help shows its flags`,
    ]);
  const topics = new Set(commands.flatMap((command) => command.split(' ').slice(0, -1)));
  const inTopic = topics.has(typed[0] ?? '');
  const meant = inTopic
    ? nearest(typed.slice(0, 2).join(' '), commands)
    : [
        ...nearest(typed.slice(0, 2).join(' '), commands),
        ...nearest(typed[0] ?? '', [...topics, ...commands]),
      ];
  const named = typed.slice(0, inTopic ? 2 : 1).join(' ');
  return new CorectlError({
    code: 'unknown-command',
    message:
      named === '' || topics.has(named)
        ? `expected a command${named === '' ? '' : ` after ${named}`}, found none`
        : `there is no command ${printable(named)}`,
    suggestions: [
      ...[...new Set(meant)].slice(0, 3).map((command) => `did you mean corectl ${command}?`),
      'corectl --help lists the commands',
    ],
  });
}

/** Whether the words begin with a command. */
export function isCommand(words: readonly string[], commands: readonly string[]): boolean {
  const typed = typedNames(words);
  return commands.some((command) => beginsWith(typed, command));
}

/** Whether the version is asked for; the ways of asking are oclif's. */
export const asksForVersion = ([first]: readonly string[]): boolean =>
  first === '--version' || first === '-v' || first === 'version';

/** The error for the version asked for as a document: it is told as text alone. */
export const versionIsText = (): CorectlError =>
  usageError('usage', 'the version is a line of text, and has no --json', ['corectl --version']);

const beginsWith = (typed: readonly string[], command: string): boolean =>
  command.split(' ').every((word, index) => word === typed[index]);

/** The words before the first flag. */
function typedNames(words: readonly string[]): readonly string[] {
  const index = words.findIndex((word) => word.startsWith('-'));
  return index === -1 ? words : words.slice(0, index);
}
