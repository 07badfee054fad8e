import type {Readable} from 'node:stream';
import * as Flags from '@oclif/core/flags';
import {usageError} from '../../usage-error.ts';

/** The flag for the token that git shows to the environments repository's server. */
export const tokenFlag = {
  'github-token': Flags.string({
    char: 't',
    helpValue: 'TOKEN',
    description:
      'for https; - reads it from standard input, as others can read arguments [env: CORECTL_GITHUB_TOKEN; for GitHub GITHUB_TOKEN, GH_TOKEN]',
  }),
};

export interface TokenFlag {
  readonly 'github-token'?: string | undefined;
}

// far longer than any token
const limit = 64 * 1024;

/**
 * The token that a flag gives. `-` reads it from standard input, where no other user of the machine can see it. Raises
 * `usage`.
 */
export async function tokenOf(flag: string | undefined, input: Readable): Promise<string | undefined> {
  if (flag !== '-') return flag;
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > limit) throw nothingLikeIt('more than any token has');
  }
  if (text.trim() === '') throw nothingLikeIt('nothing');
  return text;
}

function nothingLikeIt(found: string): Error {
  return usageError('usage', `expected a token on standard input, found ${found}`, [
    'gh auth token | corectl init -e URL -t -',
  ]);
}
