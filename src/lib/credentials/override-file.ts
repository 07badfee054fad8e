import {isRecord} from '../is-record.ts';
import {profilesIn, refuseProcess} from './aws/aws.ts';
import {jsonIn, readCredentialFile, unusable} from './credential-file.ts';

/** What kind of credential file the user named with --source-auth-override or --dest-auth-override. */
export type OverrideFile =
  | {readonly kind: 'docker'; readonly file: string}
  | {readonly kind: 'google'; readonly file: string; readonly value: Readonly<Record<string, unknown>>}
  | {readonly kind: 'aws'; readonly file: string; readonly profiles: readonly string[]};

/**
 * Reads the file far enough to tell its kind. Raises `unsupported-credential-file` (exit code 2), before any registry is
 * contacted and without showing what the file holds. Further kinds of file are told apart here and nowhere else.
 */
export function openOverrideFile(file: string): OverrideFile {
  const text = readCredentialFile(file);
  const profiles = text.trimStart().startsWith('{') ? [] : profilesIn(text);
  if (profiles.length > 0) {
    refuseProcess(file, text);
    return {kind: 'aws', file, profiles};
  }
  const value = jsonIn(file, text);
  if (['auths', 'credHelpers', 'credsStore'].some((key) => Object.hasOwn(value, key) && value[key] !== null))
    return {kind: 'docker', file};
  if (typeof value.type === 'string' && isRecord(value)) return {kind: 'google', file, value};
  throw unusable(file, 'it has neither a "type" nor "auths" nor a credential helper');
}
