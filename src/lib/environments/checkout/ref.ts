import {CorectlError} from '../../errors.ts';
import {printable} from '../../printable.ts';

declare const checked: unique symbol;

/** A branch, tag or commit id that git takes for nothing else: no option, refspec or expression. */
export type GitRef = string & {readonly [checked]: 'git ref'};

// git-check-ref-format(1), and no + or - in front
const forbidden = /[\p{Cc}\s~^:?*[\\]|^[-+/]|\/\/|\.\.|@\{|(?:^|\/)\.|(?:\.lock|[./])(?:\/|$)|^@$/u;

/** The text as a ref. Raises `invalid-ref`. */
export function parseRef(text: string): GitRef {
  if (text === '' || text.length > 250 || forbidden.test(text)) {
    throw new CorectlError({
      code: 'invalid-ref',
      message: `${JSON.stringify(printable(text, 100))} is no branch, tag or commit`,
      suggestions: ['--ref takes a name such as main or v1.2, or a commit id'],
    });
  }
  return text as GitRef;
}

/** Whether the ref may be a commit id, whole or cut short. */
export const maybeCommit = (ref: GitRef): boolean => /^[0-9a-f]{4,64}$/.test(ref);
