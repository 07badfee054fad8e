import * as Flags from '@oclif/core/flags';

/** For commands that ask before they write to production. */
export const yesFlag = {
  yes: Flags.boolean({
    char: 'y',
    description: 'do not ask, at a terminal, before environments of tier prod are written to',
  }),
};
