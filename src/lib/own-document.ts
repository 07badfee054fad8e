import {messageOf} from './errors.ts';
import {isRecord} from './is-record.ts';
import {parseJson} from './json.ts';
import {readRegularFile} from './regular-file.ts';

export interface OwnDocument {
  /** The most bytes that corectl would have written. */
  readonly limit: number;
  /** What is said of another document: `it is no report of corectl`. */
  readonly otherwise: string;
  readonly refuse: (why: string) => Error;
}

/** Reads a JSON document that corectl wrote to a file. Raises what `refuse` makes of the reason for everything else. */
export async function readOwnDocument(
  file: string,
  {limit, otherwise, refuse}: OwnDocument,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await readRegularFile(file, limit).catch((error: unknown) => {
    throw refuse(`it cannot be read: ${messageOf(error)}`);
  });
  const parsed = parseJson(text);
  if (isRecord(parsed)) return parsed;
  if (parsed === undefined) throw refuse('it is no whole JSON document, or one that nests too deeply');
  throw refuse(otherwise);
}
