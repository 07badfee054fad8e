import {InputError} from './input-error.ts';

/** The command that an input is for; `init` runs where `environments-repo` is set, `promote` where `image` is, `apply` where `plan` is. */
type Part = 'init' | 'promote' | 'apply';

interface Input {
  readonly part: Part;
  /** Another command that takes it. */
  readonly also?: Part;
  /** `text` is one value, `lines` a value a line, `switch` is `true` or `false`, `argument` is passed without its flag. */
  readonly kind: 'text' | 'lines' | 'switch' | 'argument';
  /** Without it the flag is called as the input. */
  readonly flag?: string;
}

/** Every input of action.yml that becomes a flag: a new one needs a line here and an entry there. */
export const inputs: Readonly<Record<string, Input>> = {
  'environments-repo': {part: 'init', kind: 'text'},
  'environments-ref': {part: 'init', kind: 'text', flag: 'ref'},
  strict: {part: 'init', kind: 'switch'},
  image: {part: 'promote', kind: 'argument'},
  tenant: {part: 'promote', kind: 'text'},
  'from-stage': {part: 'promote', kind: 'text'},
  'to-stage': {part: 'promote', kind: 'lines'},
  environment: {part: 'promote', kind: 'lines'},
  'source-environment': {part: 'promote', kind: 'text'},
  tag: {part: 'promote', kind: 'lines'},
  'dry-run': {part: 'promote', also: 'apply', kind: 'switch'},
  'save-plan': {part: 'promote', kind: 'text'},
  overwrite: {part: 'promote', kind: 'switch'},
  'keep-going': {part: 'promote', kind: 'switch'},
  'all-or-nothing': {part: 'promote', kind: 'switch'},
  plan: {part: 'apply', kind: 'argument'},
  'allow-drift': {part: 'apply', kind: 'switch'},
};

/** The input that is no flag: a token does not belong onto a command line. */
export const tokenInput = 'github-token';

/** What an input was set to; empty where it was not. */
export function inputValue(name: string, env: NodeJS.ProcessEnv): string {
  return (env[`INPUT_${name.toUpperCase().replaceAll(' ', '_')}`] ?? '').trim();
}

/** The arguments of a command, from the inputs that are set. Raises InputError. */
export function argumentsFor(part: Part, env: NodeJS.ProcessEnv): string[] {
  return Object.entries(inputs)
    .filter(([, input]) => input.part === part || input.also === part)
    .flatMap(([name, input]) => words(name, input, inputValue(name, env)));
}

/** The input that has a part run. */
const starts: Readonly<Record<Part, string>> = {
  init: 'environments-repo',
  promote: 'image',
  apply: 'plan',
};

/** The parts that the inputs ask for: a saved plan instead of a promotion of images. Raises InputError where an input is set that none of them heeds: nobody would learn that it changed nothing. */
export function partsFor(env: NodeJS.ProcessEnv): readonly Part[] {
  const set = (name: string) => inputValue(name, env) !== '';
  const last = set(starts.apply) ? 'apply' : 'promote';
  const parts = (['init', last] as const).filter((part) => set(starts[part]));
  const [ignored] = Object.entries(inputs).filter(
    ([name, input]) =>
      words(name, input, inputValue(name, env)).length > 0 &&
      !parts.some((part) => part === input.part || part === input.also),
  );
  if (ignored !== undefined) throw new InputError(whyIgnored(ignored, parts));
  return parts;
}

function whyIgnored([name, {part}]: [string, Input], parts: readonly Part[]): string {
  if (part === 'promote' && parts.includes('apply'))
    return `expected plan or ${name}, found both: the plan says what is promoted, and how`;
  return `expected a value of the input ${starts[part]} for ${name}, found none: nothing would happen`;
}

function words(name: string, {kind, flag = name}: Input, value: string): string[] {
  if (value === '') return [];
  switch (kind) {
    case 'switch':
      return isOn(name, value) ? [`--${flag}`] : [];
    case 'text':
      return [`--${flag}=${value}`];
    case 'lines':
      return lines(value).map((line) => `--${flag}=${line}`);
    case 'argument':
      return lines(value).map((line) => refuseFlag(name, line));
  }
}

function isOn(name: string, value: string): boolean {
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw new InputError(`expected true or false for the input ${name}, found ${JSON.stringify(value)}`);
}

/** An image's name often comes from an event, whose author should not choose the flags. */
function refuseFlag(name: string, line: string): string {
  if (!line.startsWith('-')) return line;
  throw new InputError(`expected a name for the input ${name}, found ${JSON.stringify(line)}`);
}

const lines = (value: string): string[] =>
  value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
