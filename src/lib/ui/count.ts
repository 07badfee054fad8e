/** A number with its noun: `1 blob`, `2 blobs`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
