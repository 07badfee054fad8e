/** `ENOENT` and the like; undefined for what is no error of the system. */
export function codeOf(error: unknown): string | undefined {
  const {code} = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}

/** What was looked for, or undefined where no file or folder of that name is. */
export async function orNone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
