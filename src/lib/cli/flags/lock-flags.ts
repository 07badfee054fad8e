import * as Flags from '@oclif/core/flags';

/** For commands that write where another run may write at the same time. */
export const lockFlags = {
  lock: Flags.boolean({
    description:
      'keep other runs with --lock away from this tenant and stage, by a ref in the environments repository',
  }),
  'lock-timeout': Flags.integer({
    helpValue: 'SECONDS',
    description: 'how long to wait for another run; 600 unless given',
    min: 0,
    max: 86_400,
    dependsOn: ['lock'],
  }),
};
