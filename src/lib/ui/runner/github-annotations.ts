import {placesText, type Cause} from '../causes.ts';
import {printable} from '../../printable.ts';

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

/** A workflow command that puts a failure on the page of the run, by its code and with the places that it struck. */
export function failureAnnotation({
  code,
  message,
  places = [],
}: Pick<Cause, 'code' | 'message'> & Partial<Cause>): string {
  const where = places.length > 1 ? ` (${placesText(places)})` : '';
  return `::error title=${property(`corectl: ${code}`)}::${data(printable(`${message}${where}`, 2000))}`;
}

/** The workflow commands between which lines are folded away in a log. */
export const fold = {
  open: (title: string): string => `::group::${data(title)}`,
  close: '::endgroup::',
};

const data = (text: string): string => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');

const property = (text: string): string => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
