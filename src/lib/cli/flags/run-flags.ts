import {recordKeyFlag} from './consents.ts';
import {eventsFlag} from './events-flag.ts';
import {rateFlags} from './rate-flags.ts';
import {networkFlags} from './network-flags.ts';
import {shardFlags} from './shard-flags.ts';

/** For every command that carries a plan out, whoever made it, and shares it with other processes. */
export const runFlags = {
  ...shardFlags,
  ...rateFlags,
  ...eventsFlag,
  ...networkFlags,
  ...recordKeyFlag,
};
