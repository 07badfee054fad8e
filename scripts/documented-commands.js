/**
 * What is wrong with the `$ corectl …` lines in the code blocks of a page, one `FILE:LINE …` each:
 * commands and flags that the manifest's `commands` do not have.
 */
export function complaints(page, text, commands) {
  return invocations(text).flatMap(({line, words}) =>
    problemsOf(words, commands).map((problem) => `${page}:${line} ${problem}`),
  );
}

/** The lines within fences that start with `$ corectl`, continuation lines joined. */
function invocations(text) {
  const found = [];
  let fenced = false;
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    if (lines[at].trimStart().startsWith('```')) fenced = !fenced;
    if (!fenced || !/^\s*\$ corectl\b/.test(lines[at])) continue;
    const line = at + 1;
    let command = lines[at];
    while (command.endsWith('\\')) command = `${command.slice(0, -1)} ${lines[++at] ?? ''}`;
    found.push({line, words: command.trim().split(/\s+/).slice(2)});
  }
  return found;
}

function problemsOf(words, commands) {
  const end = words.findIndex((word) => ['|', '>', '>>', '&&', '#', ';'].includes(word));
  const own = end < 0 ? words : words.slice(0, end);
  const length = [2, 1].find((count) => commands[own.slice(0, count).join(':')] !== undefined);
  const flags = own.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0]);
  if (length === undefined)
    return own.every((word) => flags.includes(word)) ? [] : [`no command: corectl ${own.join(' ')}`];
  const id = own.slice(0, length).join(':');
  const unknown = flags.filter((flag) => !['--help', '-h', ...names(commands[id])].includes(flag));
  return unknown.map((flag) => `corectl ${id.replace(':', ' ')} has no ${flag}`);
}

function names(command) {
  return Object.values(command.flags).flatMap(({name, char}) => [
    `--${name}`,
    `--no-${name}`,
    `-${char ?? name}`,
  ]);
}
