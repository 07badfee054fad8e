// docs/reference.md: every command with its arguments, flags, examples and exit codes, as the manifest has them.
import {variables} from './environment-variables.js';

/** The page for the commands of a manifest, those that are hidden left out. */
export function referenceOf({commands}) {
  const shown = Object.values(commands).filter(({hidden}) => hidden !== true);
  return `${head(shown)}${shown.map(section).join('')}${environment()}`;
}

function head(commands) {
  const rows = commands.map(
    (command) => `| [${nameOf(command)}](#${anchor(command)}) | ${cell(command.summary)} |\n`,
  );
  return `# Reference

Every command with what it takes. \`corectl COMMAND --help\` shows the same in a terminal. What a code of an error means is in
[troubleshooting](troubleshooting.md), what an exit code means for a pipeline in the [README](../README.md#exit-codes).

<!-- Made from oclif.manifest.json, which is made from src/commands/: npm run build writes both anew. -->

| command | what it does |
| --- | --- |
${rows.join('')}
All of them take \`--help\` (\`-h\`). The [environment variables](#environment-variables) that they read are at the end.
`;
}

function section(command) {
  const {description = '', flags, args, examples = [], aliases = []} = command;
  const [told, codes] = description.split(/^Exit codes:\n/m);
  const also =
    aliases.length === 0 ? '' : `Also ${aliases.map((one) => code(`corectl ${spaced(one)}`)).join(', ')}.`;
  return [
    `## ${nameOf(command)}`,
    `${sentence(command.summary)} ${also}`.trim(),
    fenced('sh', usage(command)),
    text(told),
    argumentRows(Object.values(args)),
    flagRows(Object.values(flags).filter(({hidden}) => hidden !== true)),
    examples.length === 0
      ? ''
      : `Examples:\n\n${fenced('sh', examples.map((one) => shown(one, command)).join('\n'))}`,
    exitCodeRows(codes),
  ]
    .filter((part) => part !== '')
    .map((part) => `\n${part}\n`)
    .join('');
}

function usage(command) {
  const args = Object.values(command.args).map(argument);
  const wanted = Object.values(command.flags).filter(({required}) => required);
  return [
    nameOf(command),
    ...args,
    ...wanted.map((flag) => `--${flag.name} ${valueOf(flag)}`),
    '[FLAG]…',
  ].join(' ');
}

function argument({name, multiple, required}) {
  const one = `${name.toUpperCase()}${multiple ? '…' : ''}`;
  return required ? one : `[${one}]`;
}

function argumentRows(args) {
  const rows = args.map((one) => `| ${code(argument(one))} | ${cell(one.description)} |`);
  return rows.length === 0 ? '' : table(['argument', 'what it is'], rows);
}

function flagRows(flags) {
  const sorted = flags.sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
  return table(
    ['flag', 'what it does'],
    sorted.map((flag) => `| ${spellings(flag)} | ${cell(meaning(flag))} |`),
  );
}

// those that every command has come last
const rank = ({helpGroup}) => (helpGroup === 'GLOBAL' ? 1 : 0);

function spellings(flag) {
  const {name, char, allowNo, aliases = []} = flag;
  const value = flag.type === 'option' ? ` ${valueOf(flag)}` : '';
  const names = [...(char === undefined ? [] : [`-${char}`]), `--${allowNo ? '[no-]' : ''}${name}${value}`];
  return [...names, ...aliases.map((alias) => `--${alias}`)].map(code).join(', ');
}

const valueOf = ({helpValue, name, options}) => options?.join('|') ?? helpValue ?? name.toUpperCase();

function meaning({
  description = '',
  multiple,
  required,
  env,
  default: standard,
  dependsOn = [],
  exclusive = [],
}) {
  const said = description.replace(/^\[env: .*?\] /, '');
  return [
    said,
    ...(multiple && !/repeatable/.test(said) ? ['repeatable'] : []),
    ...(required ? ['required'] : []),
    ...(env === undefined ? [] : [`[env: ${env}]`]),
    ...(standard === undefined || standard === false ? [] : [`default: ${standard}`]),
    ...(dependsOn.length === 0 ? [] : [`only with ${flagNames(dependsOn)}`]),
    ...(exclusive.length === 0 ? [] : [`not with ${flagNames(exclusive)}`]),
  ].join('; ');
}

const flagNames = (names) => names.map((name) => `--${name}`).join(', ');

function shown(example, command) {
  if (typeof example === 'string') return filled(example, command).replace(/^\$ /gm, '');
  return `# ${filled(example.description, command)}\n${filled(example.command, command)}`;
}

const filled = (template, command) =>
  template.replaceAll('<%= config.bin %>', 'corectl').replaceAll('<%= command.id %>', spaced(command.id));

function exitCodeRows(codes) {
  const found = [...(codes ?? '').matchAll(/^ *(\d+) +(.+)$/gm)];
  return found.length === 0
    ? ''
    : table(
        ['exit code', 'meaning'],
        found.map(([, number, told]) => `| ${number} | ${cell(told)} |`),
      );
}

function environment() {
  const names = (list) => list.split(', ').map(code).join(', ');
  const rows = variables.map(([list, told]) => `| ${names(list)} | ${told} |`);
  return `\n## Environment variables\n\n${table(['variable', 'what it is for'], rows)}\n`;
}

const table = (titles, rows) =>
  [`| ${titles.join(' | ')} |`, `|${' --- |'.repeat(titles.length)}`, ...rows].join('\n');

const fenced = (language, body) => `\`\`\`${language}\n${body}\n\`\`\``;
const code = (word) => `\`${word.replaceAll('|', '\\|')}\``;
const nameOf = ({id}) => `corectl ${spaced(id)}`;
const spaced = (id) => id.replaceAll(':', ' ');
const anchor = (command) => nameOf(command).replaceAll(' ', '-');
const sentence = (words = '') => `${text(words).replace(/^./, (first) => first.toUpperCase())}.`;

/** Text of a command's help as Markdown: nothing in it is markup. */
const text = (words) => words.trim().replace(/[<>*]/g, '\\$&');
const cell = (words = '') => text(words).replaceAll('|', '\\|').replaceAll('\n', ' ');
