import {messageOf} from '../errors.ts';

/** Whether a failure of a cloud's library comes from the network rather than from whoever was asked, by its words. */
export function isUnreachable(error: unknown): boolean {
  const {name} = error instanceof Error ? error : {name: ''};
  return (
    /^(Timeout|Networking|AggregateError)/.test(name) ||
    /ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|certificate|socket|TLS|no answer within/i.test(messageOf(error))
  );
}
