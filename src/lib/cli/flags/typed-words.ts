import {CorectlError} from '../../errors.ts';
import {nearest} from '../../nearest.ts';
import {printable} from '../../printable.ts';

/** What people type for help, as flags: `help p2p promote` is `p2p promote --help`. */
export function asFlags([first, ...rest]: readonly string[]): string[] {
  if (first === undefined) return [];
  if (first === 'help') return [...rest, '--help'];
  return [first, ...rest];
}

/** That no command is named so, with those that may be meant; `commands` and topics as they are typed. */
export function unknownCommand(words: readonly string[], commands: readonly string[]): CorectlError {
  const typed = words.slice(0, firstFlag(words));
  const topics = new Set(commands.flatMap((command) => command.split(' ').slice(0, -1)));
  const inTopic = topics.has(typed[0] ?? '');
  const meant = inTopic
    ? nearest(typed.slice(0, 2).join(' '), commands)
    : [
        ...nearest(typed.slice(0, 2).join(' '), commands),
        ...nearest(typed[0] ?? '', [...topics, ...commands]),
      ];
  return new CorectlError({
    code: 'unknown-command',
    message: `there is no command ${printable(typed.slice(0, inTopic ? 2 : 1).join(' '))}`,
    suggestions: [
      ...[...new Set(meant)].slice(0, 3).map((command) => `did you mean corectl ${command}?`),
      'corectl --help lists the commands',
    ],
  });
}

function firstFlag(words: readonly string[]): number {
  const index = words.findIndex((word) => word.startsWith('-'));
  return index === -1 ? words.length : index;
}
