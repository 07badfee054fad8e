/** A command of a page and what the page says that it prints. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

export interface Block {
  /** What stands after the opening fence: `sh`, `console`. */
  readonly language: string;
  readonly text: string;
  /** The file that `<!-- file: PATH -->` in front of the fence says it is. */
  readonly file?: string | undefined;
}

/** The fenced blocks of a Markdown page, in their order. */
export function blocksOf(page: string): Block[] {
  const found = page.matchAll(/(?:<!-- file: (\S+) -->\n\n)?^```(\w*)\n([^]*?)^```$/gm);
  return [...found].map(([, file, language = '', text = '']) => ({language, text, file}));
}

/** The `$ command` lines of a console block, continued where they end in a backslash, each with the lines up to the next one. */
export function shownCommands({text}: Block): ShownCommand[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [, command = '', output = ''] = /^((?:[^\n]*\\\n)*[^\n]*)\n?([^]*)$/.exec(part) ?? [];
      return {command, output: output.trimEnd()};
    });
}

/** The page with other output in its console blocks, command by command in their order. */
export function withOutputs(page: string, outputs: readonly string[]): string {
  let next = 0;
  return page.replace(/(^```console\n)([^]*?)(^```$)/gm, (_, open: string, text: string, close: string) => {
    const shown = shownCommands({language: 'console', text}).map(({command}) => {
      const output = outputs[next++] ?? '';
      return `$ ${command}\n${output === '' ? '' : `${output}\n\n`}`;
    });
    return `${open}${shown.join('').trimEnd()}\n${close}`;
  });
}

/** Output without what differs from run to run: ports, temporary folders, digests, commits, sizes, times and durations. */
export function normalised(output: string): string {
  return output
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/\S*\/corectl-sandbox-\w+/g, '/SANDBOX')
    .replace(/sha256:[0-9a-f]{64}/g, 'sha256:DIGEST')
    .replace(/(commit|at|to) [0-9a-f]{12}\b/g, '$1 COMMIT')
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'WHEN')
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{12}\b/g, 'DIGEST')
    .replace(/\b\d+(\.\d+)? (ms|s)\b/g, 'TIME')
    .replace(/\b[1-9]\d*(\.\d+)? ([kMG]?B)\b/g, 'SIZE')
    .replace(/ {2,}/g, '  ')
    .replace(/ +$/gm, '')
    .trim();
}
