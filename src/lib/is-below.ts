import path from 'node:path';

/** Whether a path is below a folder; both are absolute, and have no symbolic links in them where that matters. */
export const isBelow = (file: string, folder: string): boolean =>
  file.startsWith(folder.endsWith(path.sep) ? folder : `${folder}${path.sep}`);
