/** As much as completion needs of what oclif.manifest.json says of a command. */
export interface CommandShape {
  /** `p2p:promote` */
  readonly id: string;
  readonly summary?: string | undefined;
  readonly hidden?: boolean | undefined;
  readonly flags: Readonly<Record<string, FlagShape>>;
  readonly args: Readonly<Record<string, ArgumentShape>>;
}

interface ArgumentShape {
  readonly options?: readonly string[] | undefined;
  readonly multiple?: boolean | undefined;
}

interface FlagShape {
  readonly type: 'boolean' | 'option';
  readonly char?: string | undefined;
  readonly description?: string | undefined;
  readonly multiple?: boolean | undefined;
  readonly allowNo?: boolean | undefined;
  readonly hidden?: boolean | undefined;
  readonly helpValue?: string | readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
}

/** A word that may follow, and what it means. */
export interface NextWord {
  readonly value: string;
  readonly description?: string | undefined;
}

/** Words that corectl does not know by itself: those of the environments repository, a registry or the shell. */
export type Known = 'tenants' | 'owners' | 'stages' | 'environments' | 'images' | 'files';

/** The values of flags that stand before the cursor, by their names. */
export type Given = Readonly<Partial<Record<string, string>>>;

/** What may stand at the cursor. */
export interface AtCursor {
  /** What is typed of the word so far. */
  readonly typed: string;
  /** `--flag=` where the value follows within the same word. */
  readonly inline: string;
  readonly candidates: readonly NextWord[];
  readonly known?: Known;
  /** The flag whose value it is. */
  readonly flag?: string;
  /** The command, once it is known. */
  readonly command?: string;
  readonly given: Given;
}

/** All commands, and what the words before theirs mean. */
export interface Program {
  readonly commands: readonly CommandShape[];
  readonly topics: readonly {readonly name: string; readonly description?: string | undefined}[];
}

/** What may come at the last of the words (which may be empty), of what is typed behind `corectl`. */
export function atCursor(words: readonly string[], {commands, topics}: Program): AtCursor {
  const shown = {topics, commands: commands.filter(({hidden}) => hidden !== true)};
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (before[0] === 'help') return nextWord(typed, before.slice(1), shown);
  const command = shown.commands.find(({id}) => id.split(':').every((part, index) => before[index] === part));
  if (command === undefined) return nextWord(typed, before, shown);
  const found = inCommand(command, {typed, before: before.slice(command.id.split(':').length)});
  return {...found, command: command.id};
}

const bare = {inline: '', given: {}};

/** The next word of the commands that begin so; a topic stands once. */
function nextWord(typed: string, before: readonly string[], {commands, topics}: Program): AtCursor {
  const next = new Map<string, NextWord>();
  for (const {id, summary} of commands) {
    const parts = id.split(':');
    const value = parts[before.length];
    if (value === undefined || !before.every((word, index) => word === parts[index])) continue;
    const topic = topics.find(({name}) => name === value);
    next.set(value, {value, description: parts.length > before.length + 1 ? topic?.description : summary});
  }
  const more = before.length > 0 ? [helpFlag] : [{value: 'help'}, {value: '--version'}, helpFlag];
  const flags = next.size === 0 ? [] : more.filter(isWantedFor(typed));
  return {...bare, typed, candidates: [...next.values(), ...flags]};
}

const helpFlag: NextWord = {value: '--help', description: 'what it does, and its flags'};

/** Flags are offered once a dash is typed. */
const isWantedFor =
  (typed: string) =>
  ({value}: NextWord): boolean =>
    typed.startsWith('-') === value.startsWith('-');

interface Words {
  readonly typed: string;
  readonly before: readonly string[];
}

function inCommand({flags, args}: CommandShape, {typed, before}: Words): AtCursor {
  const here = {typed, inline: '', given: givenIn(flags, before)};
  if (before.includes('--')) return {...here, ...argumentAt(args)};
  const [inline, name = ''] = /^--([^=]+)=/.exec(typed) ?? [];
  if (inline !== undefined) return {...here, inline, ...valuesOf(name, flags[name])};
  const waiting = waitingFor(before.at(-1), flags);
  if (waiting !== undefined) return {...here, ...valuesOf(waiting, flags[waiting])};
  if (typed.startsWith('-')) return {...here, candidates: flagWords(flags, before)};
  return {...here, ...argumentAt(args)};
}

type Offer = Pick<AtCursor, 'candidates' | 'known' | 'flag'>;

/** No command has more than one kind of argument. */
function argumentAt(args: CommandShape['args']): Offer {
  const [[name, {options = []}] = ['', {}]] = Object.entries(args);
  const known = argumentsKnown[name];
  return {candidates: options.map((value) => ({value})), ...(known !== undefined && {known})};
}

const argumentsKnown: Readonly<Partial<Record<string, Known>>> = {
  image: 'images',
  file: 'files',
  folder: 'files',
};

/** The flag whose value comes next: `--tenant` or `-t` at the end. */
function waitingFor(last: string | undefined, flags: CommandShape['flags']): string | undefined {
  const [name, flag] =
    Object.entries(flags).find(([long, {char}]) => last === `--${long}` || last === `-${char ?? '-'}`) ?? [];
  return flag?.type === 'option' ? name : undefined;
}

function givenIn(flags: CommandShape['flags'], before: readonly string[]): Given {
  const pairs = before.flatMap((word, index): [string, string][] => {
    const [, inline, value = ''] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    if (inline !== undefined) return [[inline, value]];
    const name = waitingFor(word, flags);
    const next = before[index + 1];
    return name === undefined || next === undefined ? [] : [[name, next]];
  });
  return Object.fromEntries(pairs);
}

/** The flags that may still be given, `--no-…` too. */
function flagWords(flags: CommandShape['flags'], before: readonly string[]): NextWord[] {
  const isGiven = (name: string) =>
    before.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  return Object.entries(flags)
    .filter(([name, {hidden, multiple}]) => hidden !== true && (multiple === true || !isGiven(name)))
    .flatMap(([name, {description, allowNo}]) => [
      {value: `--${name}`, description},
      ...(allowNo === true ? [{value: `--no-${name}`}] : []),
    ])
    .concat(helpFlag);
}

function valuesOf(flag: string, shape: FlagShape | undefined): Offer {
  const known = flagsKnown[flag] ?? (isFile(shape) ? 'files' : undefined);
  const candidates = (shape?.options ?? []).map((value) => ({value}));
  return {flag, candidates, ...(known !== undefined && {known})};
}

const isFile = (shape: FlagShape | undefined): boolean =>
  ['FILE', 'DIR', 'PATH'].includes(String(shape?.helpValue));

const flagsKnown: Readonly<Partial<Record<string, Known>>> = {
  tenant: 'tenants',
  owner: 'owners',
  stage: 'stages',
  'from-stage': 'stages',
  'to-stage': 'stages',
  environment: 'environments',
  'source-environment': 'environments',
};
