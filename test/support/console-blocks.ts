/** A command of a page and what the page says that it prints. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

export interface Block {
  /** What stands after the opening fence: `sh`, `console`. */
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a Markdown page, in their order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** The `$ command` lines of a console block, each with the lines up to the next one. */
export function shownCommands({text}: Block): ShownCommand[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n');
      return {command, output: output.join('\n').trimEnd()};
    });
}

/** The page with other output in its console blocks, command by command in their order. */
export function withOutputs(page: string, outputs: readonly string[]): string {
  let next = 0;
  return page.replace(/(^```console\n)([^]*?)(^```$)/gm, (_, open: string, text: string, close: string) => {
    const shown = shownCommands({language: 'console', text}).map(({command}) => {
      const output = outputs[next++] ?? '';
      return `$ ${command}\n${output === '' ? '' : `${output}\n`}`;
    });
    return `${open}${shown.join('\n')}${close}`;
  });
}

/** Output without what differs from run to run: ports, temporary folders, digests, commits, sizes and durations. */
export function normalised(output: string): string {
  return output
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/\S*\/corectl-sandbox-\w+/g, '/SANDBOX')
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:DIGEST')
    .replace(/(commit|at|to) [0-9a-f]{12}\b/g, '$1 COMMIT')
    .replace(/\b\d+(\.\d+)? (ms|s)\b/g, 'TIME')
    .replace(/\b[1-9]\d*(\.\d+)? ([kMG]?B)\b/g, 'SIZE')
    .replace(/ {2,}/g, '  ')
    .replace(/ +$/gm, '')
    .trim();
}
