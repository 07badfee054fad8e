import path from 'node:path';

/** The files' names from a folder: within it relative, as annotations of a pull request want them. */
export function namedFrom(base: string): (file: string) => string {
  return (file) => {
    const relative = path.relative(base, path.resolve(file));
    return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
  };
}
