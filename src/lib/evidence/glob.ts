/**
 * Whether a text is what a pattern describes, as a whole: `*` stands for any characters but `/` and `@`, everything else
 * for itself.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const literals = pattern.split('*').map((literal) => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(`^${literals.join('[^/@]*')}$`).test(text);
}
