import * as Flags from '@oclif/core/flags';

/** Where a command that promotes tells what happens, as it happens. */
export const eventsFlag = {
  events: Flags.string({
    helpValue: 'FILE|-',
    description: 'write what happens, as it happens, to a file, a pipe or stdout: a JSON document a line',
  }),
};
