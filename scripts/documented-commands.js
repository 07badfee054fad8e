/**
 * What is wrong with the lines that call corectl in the code blocks of a page, one `FILE:LINE …` each: commands and flags
 * that the manifest's `commands` do not have. Lines of a console, of scripts, Makefiles and workflows are looked at.
 */
export function complaints(page, text, commands) {
  return invocations(text).flatMap(({line, words}) =>
    problemsOf(words, commands).map((problem) => `${page}:${line} ${problem}`),
  );
}

// behind a prompt, a list's dash, `run:`, make's @, and variables for it alone
const call = /^\s*(?:\$ |- )?(?:run: )?@?(?:[A-Z_]+=\S* )*corectl (.*)$/;

/** Each call of corectl within fences, continuation lines joined. */
function invocations(text) {
  const found = [];
  let fenced = false;
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    if (lines[at].trimStart().startsWith('```')) fenced = !fenced;
    if (!fenced || !/\bcorectl /.test(lines[at])) continue;
    const line = at + 1;
    let command = lines[at];
    while (command.endsWith('\\')) command = `${command.slice(0, -1)} ${lines[++at] ?? ''}`;
    found.push(...callsIn(command).map((words) => ({line, words})));
  }
  return found;
}

/** The words of each call in a line, those within `$(…)` included. */
function callsIn(command) {
  const within = [...command.matchAll(/\$\(([^()]*)\)/g)].flatMap(([, inner]) => callsIn(inner));
  const simple = command.replace(/\$\([^()]*\)/g, 'VALUE').split(/ (?:&&|\|\||[|;>]) /);
  const calls = simple.map((one) => call.exec(one)).filter((match) => match !== null);
  return [...within, ...calls.map(([, words]) => words.trim().split(/\s+/))];
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
  return Object.values(command.flags).flatMap(({name, char, aliases = []}) => [
    ...aliases.map((alias) => `--${alias}`),
    `--${name}`,
    `--no-${name}`,
    `-${char ?? name}`,
  ]);
}
