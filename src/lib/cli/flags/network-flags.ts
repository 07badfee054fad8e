import * as Flags from '@oclif/core/flags';
import {consentFlags, type ConsentFlags} from './consents.ts';

/** The flags of every command that asks registries. */
export const networkFlags = {
  'ca-file': Flags.string({
    helpValue: 'FILE',
    description: "certificates of authorities to trust besides Node's own, in PEM",
  }),
  ...consentFlags,
};

/** As much of them as connecting needs, and of the flags beside them. */
export interface NetworkFlags extends ConsentFlags {
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly 'ca-file'?: string | undefined;
  readonly 'requests-per-second'?: readonly string[] | undefined;
  /** Which of the processes it is that share those. */
  readonly shard?: string | undefined;
}
