/** The shells whose statements are known. */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/** Statements that set variables for the shell that reads them and for what it starts, a line each. */
export function setVariables(variables: Readonly<Record<string, string>>, shell: Shell): string {
  return Object.entries(variables)
    .map(([name, value]) => `${statement(name, quoted(value, shell), shell)}\n`)
    .join('');
}

/** A word for a command line of bash and its like, quoted only where it must be. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word, 'bash');

function statement(name: string, value: string, shell: Shell): string {
  switch (shell) {
    case 'bash':
    case 'zsh':
      return `export ${name}=${value}`;
    case 'fish':
      return `set -gx ${name} ${value};`;
    case 'powershell':
      return `$env:${name} = ${value}`;
  }
}

/** The text as one word in which the shell expands nothing. */
function quoted(text: string, shell: Shell): string {
  switch (shell) {
    case 'bash':
    case 'zsh':
      return `'${text.replaceAll("'", `'\\''`)}'`;
    case 'fish':
      return `'${text.replace(/[\\']/g, '\\$&')}'`;
    case 'powershell':
      // typographic quotes end a text as well (about_Quoting_Rules)
      return `'${text.replace(/['‘’‚‛]/g, '$&$&')}'`;
  }
}
