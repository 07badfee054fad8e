/**
 * The command that is typed, as a word for a file's name: `p2p-promote`, or `help` for any command's help. Words that may be
 * an image, a file or anything else are left out: only a topic has a second word that belongs to the command.
 */
export function commandIn(words: readonly string[], topics: readonly string[]): string {
  const [first = 'help', second = ''] = words;
  const typed = topics.includes(first) ? `${first}-${second}` : first;
  return words.includes('--help') || words.includes('-h') || !/^[a-z0-9-]+$/.test(typed) ? 'help' : typed;
}
