import {readFileSync} from 'node:fs';
import {CorectlError} from '../errors.ts';
import {isRecord} from '../oci/descriptor.ts';
import {harmless} from '../oci/harmless.ts';

/** What kind of credential file the user named with --source-auth-override or --dest-auth-override. */
export interface OverrideFile {
  readonly kind: 'docker';
  readonly file: string;
}

/**
 * Reads the file far enough to tell its kind. Raises `unsupported-credential-file` (exit code 2), before any registry is
 * contacted and without showing what the file holds. Further kinds of file are told apart here and nowhere else.
 */
export function openOverrideFile(file: string): OverrideFile {
  const value = contentOf(file);
  if (['auths', 'credHelpers', 'credsStore'].some((key) => Object.hasOwn(value, key)))
    return {kind: 'docker', file};
  if (typeof value.type === 'string') {
    throw unsupported(
      file,
      `credentials of type ${JSON.stringify(harmless(value.type, 40))} are not supported yet`,
    );
  }
  throw unsupported(file, 'it has neither "auths" nor a credential helper');
}

function contentOf(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw unsupported(
      file,
      `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`,
    );
  }
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (isRecord(value)) return value;
  } catch {
    // the parser's message quotes the file
  }
  throw unsupported(file, 'expected a JSON object, found something else');
}

function unsupported(file: string, problem: string): CorectlError {
  return new CorectlError({
    code: 'unsupported-credential-file',
    message: `cannot use credential file ${harmless(file)}: ${problem}`,
    suggestions: [
      'name a file like docker\'s config.json: {"auths": {"HOST/PATH": {"auth": "base64 of user:password"}}}',
    ],
  });
}
