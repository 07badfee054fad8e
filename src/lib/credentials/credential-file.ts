import {messageOf} from '../errors.ts';
import {isRecord} from '../is-record.ts';
import {parseJson} from '../json.ts';
import {readNamedFile} from '../named-file.ts';
import {printable} from '../printable.ts';
import {codeOf} from '../system-error.ts';
import {credentialFailure} from './failures.ts';

/** The text of a credential file. Raises `unsupported-credential-file` (exit code 2), never with its content. */
export function readCredentialFile(file: string): string {
  try {
    return readNamedFile(file).replace(/^\uFEFF/, '');
  } catch (error) {
    throw unusable(file, `it cannot be read (${codeOf(error) ?? messageOf(error)})`);
  }
}

/** The text as a JSON object. Raises `unsupported-credential-file`. */
export function jsonIn(file: string, text: string): Record<string, unknown> {
  const value = parseJson(text);
  if (isRecord(value)) return value;
  throw unusable(file, 'expected a JSON object, found something else');
}

/** A field that must be text. Raises `unsupported-credential-file`. */
export function required(file: string, value: Readonly<Record<string, unknown>>, key: string): string {
  const found = value[key];
  if (typeof found === 'string' && found !== '') return found;
  throw unusable(file, `expected text at ${key}`);
}

/** The error for a credential file that cannot be used: `unsupported-credential-file` with the problem. */
export function unusable(file: string, problem: string): Error {
  return credentialFailure(
    'unsupported-credential-file',
    `cannot use credential file ${printable(file)}: ${problem}`,
  );
}
