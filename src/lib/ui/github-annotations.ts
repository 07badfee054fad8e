import {printable} from '../printable.ts';

/** What is shown at a line of a file. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * A workflow command that makes GitHub show the message at its place in the files of a pull request, without a line end.
 * What came from outside cannot become a command of its own: line ends and separators are percent-encoded.
 */
export function githubAnnotation({level, file, line, column, message}: Annotation): string {
  const properties = `file=${property(printable(file, 1000))},line=${line},col=${column}`;
  return `::${level} ${properties}::${data(printable(message, 1000))}`;
}

const data = (text: string): string => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');

const property = (text: string): string => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
