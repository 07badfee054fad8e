/** Gives text a colour, or leaves it as it is. */
type Paint = (text: string) => string;

/** What colours mean here; none of them says something that the text does not. */
export interface Colours {
  readonly good: Paint;
  readonly bad: Paint;
  readonly middling: Paint;
  readonly busy: Paint;
  readonly faint: Paint;
  readonly strong: Paint;
}

const sgr =
  (code: number): Paint =>
  (text) =>
    text === '' ? text : `\u001b[${code}m${text}\u001b[0m`;

const plain: Paint = (text) => text;

/** The colours of a terminal, by the codes that every palette has. */
export const terminalColours: Colours = {
  good: sgr(32),
  bad: sgr(31),
  middling: sgr(33),
  busy: sgr(36),
  faint: sgr(2),
  strong: sgr(1),
};

export const noColours: Colours = {
  good: plain,
  bad: plain,
  middling: plain,
  busy: plain,
  faint: plain,
  strong: plain,
};

/** Those of a stream: none where it is no terminal, a dumb one, or NO_COLOR is set (https://no-color.org). */
export function coloursOf(
  {isTTY = false}: Pick<Partial<NodeJS.WriteStream>, 'isTTY'>,
  {NO_COLOR = '', TERM}: NodeJS.ProcessEnv,
): Colours {
  return isTTY && NO_COLOR === '' && TERM !== 'dumb' ? terminalColours : noColours;
}
