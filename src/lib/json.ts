/**
 * Levels of lists and objects within each other. SBOMs and attestations have some ten; what walks a value by recursion,
 * JSON.stringify first of all, ends the stack at two to four thousand, which JSON.parse reads without trouble.
 */
const depthLimit = 200;

/** The value of a JSON text from outside; undefined for what is none, or nests so deeply that walking it could end the stack. */
export function parseJson(text: Buffer | string): unknown {
  try {
    const value: unknown = JSON.parse(text.toString());
    return isDeeperThan(depthLimit, value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeperThan(levels - 1, one));
}
