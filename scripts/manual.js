// A page of the manual for corectl and for each of its commands, as the manifest has them.
import {variables} from './environment-variables.js';

/**
 * The pages by the names of their files, `corectl-p2p-promote.1`, of a manifest and of package.json; commands that are hidden
 * have none.
 */
export function manualOf({commands}, {version, description: summary, oclif: {topics}}) {
  const shown = Object.values(commands).filter(({hidden}) => hidden !== true);
  const pages = [['corectl', overview(shown, topics)], ...shown.map((one) => [pageName(one), page(one)])];
  const titled = ([name, {about, sections}]) => [
    `${name}.1`,
    [
      `.TH ${plain(name.toUpperCase())} 1 "" "corectl ${version}" "corectl"`,
      // what is to be typed is neither broken nor stretched
      '.nh\n.ad l',
      `.SH NAME\n${plain(name)} \\- ${plain(about ?? summary)}`,
      ...sections.filter((section) => section !== ''),
      '',
    ].join('\n'),
  ];
  return Object.fromEntries(pages.map(titled));
}

/** What starts with the name of the program and of the topics, joined by dashes. */
const pageName = ({id}) => `corectl-${id.replaceAll(':', '-')}`;

function overview(commands, topics) {
  const all = commands.map((command) => item(bold(wordsOf(command)), command.summary));
  const about = Object.entries(topics).map(([name, {description}]) =>
    item(bold(`corectl ${name}`), description),
  );
  const environment = variables.map(([names, told]) =>
    item(names.split(', ').map(bold).join(', '), unlinked(told)),
  );
  return {
    sections: [
      `.SH SYNOPSIS\n${bold('corectl')} ${italic('COMMAND')} [${italic('FLAG')}]...`,
      `.SH COMMANDS\nEach has a page of its own: ${bold('man corectl-p2p-promote')}.\n${all.join('\n')}`,
      `.SH TOPICS\n${about.join('\n')}`,
      `.SH ENVIRONMENT\n${environment.join('\n')}`,
    ],
  };
}

function page(command) {
  const {description = '', flags, args, examples = [], summary} = command;
  const [told, codes = ''] = description.split(/^Exit codes:\n/m);
  const named = Object.values(flags).filter(({hidden}) => hidden !== true);
  return {
    about: summary,
    sections: [
      `.SH SYNOPSIS\n${synopsis(command, named)}`,
      section('DESCRIPTION', paragraphs(told)),
      section(
        'ARGUMENTS',
        Object.values(args).map((one) => item(italic(argument(one)), one.description)),
      ),
      section(
        'OPTIONS',
        named.sort(inOrder).map((flag) => item(spellings(flag), meaning(flag))),
      ),
      section(
        'EXIT STATUS',
        [...codes.matchAll(/^ *(\d+) +(.+)$/gm)].map(([, code, means]) => item(bold(code), means)),
      ),
      section(
        'EXAMPLES',
        examples.map((one) => example(one, command)),
      ),
      `.SH SEE ALSO\n${bold('corectl')}(1)`,
    ],
  };
}

const section = (title, parts) => (parts.length === 0 ? '' : `.SH ${title}\n${parts.join('\n')}`);

// those that every command has come last
const inOrder = (one, other) =>
  Number(one.helpGroup === 'GLOBAL') - Number(other.helpGroup === 'GLOBAL') ||
  (one.name < other.name ? -1 : 1);

function synopsis(command, flags) {
  const wanted = flags.filter(({required}) => required);
  return [
    bold(wordsOf(command)),
    ...Object.values(command.args).map((one) => italic(argument(one))),
    ...wanted.map((flag) => `${bold(`--${flag.name}`)} ${italic(valueOf(flag))}`),
    `[${italic('FLAG')}]...`,
  ].join(' ');
}

function argument({name, multiple, required}) {
  const one = `${name.toUpperCase()}${multiple ? '...' : ''}`;
  return required ? one : `[${one}]`;
}

function spellings(flag) {
  const {name, char, allowNo, aliases = []} = flag;
  const names = [...(char === undefined ? [] : [`-${char}`]), `--${allowNo ? '[no-]' : ''}${name}`];
  const all = [...names, ...aliases.map((alias) => `--${alias}`)].map(bold).join(', ');
  return flag.type === 'option' ? `${all} ${italic(valueOf(flag))}` : all;
}

const valueOf = ({helpValue, name, options}) => options?.join('|') ?? helpValue ?? name.toUpperCase();

function meaning({description = '', required, env}) {
  const said = description.replace(/^\[env: .*?\] /, '');
  return [said, ...(required ? ['required'] : []), ...(env === undefined ? [] : [`[env: ${env}]`])].join(
    '; ',
  );
}

function example(one, command) {
  const {description, command: line} = typeof one === 'string' ? {command: one} : one;
  const filled = line
    .replaceAll('<%= config.bin %>', 'corectl')
    .replaceAll('<%= command.id %>', spaced(command));
  const said = description === undefined ? '' : `.PP\n${plain(description)}\n`;
  return `${said}.PP\n.nf\n${filled.split('\n').map(plain).join('\n')}\n.fi`;
}

/** A blank line begins a paragraph; what is below each other stays so. */
function paragraphs(text) {
  const parts = text
    .trim()
    .split(/\n{2,}/)
    .filter((part) => part !== '');
  return parts.map((part) => `.PP\n${part.split('\n').map(plain).join('\n.br\n')}`);
}

const item = (name, told = '') => `.TP\n${name}\n${plain(told)}`;
const bold = (text) => `\\fB${escaped(text)}\\fR`;
const italic = (text) => `\\fI${escaped(text)}\\fR`;
const wordsOf = (command) => `corectl ${spaced(command)}`;
const spaced = ({id}) => id.replaceAll(':', ' ');
const unlinked = (text) => text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');

/** A line in which nothing is a request to roff: not at its start, and nowhere by a backslash (groff_char(7)). */
const plain = (text) =>
  escaped(text)
    .replace(/\n/g, ' ')
    .replace(/^(?=[.'])/, '\\&');

const escaped = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(
      /[^\x20-\x7e\n]/gu,
      (one) => `\\[u${one.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
