import {count} from './count.ts';
import type {Report, ShardOutcome, ShardReport} from '../promotion/report.ts';

/** What a report says of shards, of its own or of those that it was merged from: a line or none. */
export function shardLines({shard, shards}: Pick<Report, 'shard' | 'shards'>, noun = 'image'): string[] {
  return [
    ...(shard === undefined ? [] : [shardLine(shard, noun)]),
    ...(shards === undefined ? [] : [shardsLine(shards)]),
  ];
}

/** `Shard 2/4: 13 of 50 images.` */
function shardLine({number, of, total, positions}: ShardReport, noun: string): string {
  const which = `Shard ${number}/${of}`;
  if (total === null) return `${which}.`;
  if (positions.length === 0) return `${which}: none of ${count(total, noun)}, nothing to do.`;
  return `${which}: ${positions.length} of ${count(total, noun)}.`;
}

/** `4 shards: 2/4 ended with exit code 1, 3/4 is missing.` */
function shardsLine(shards: readonly ShardOutcome[]): string {
  const bad = shards.filter(({exitCode}) => exitCode !== 0);
  const told = bad.map(
    ({number, of, exitCode}) =>
      `${number}/${of} ${exitCode === null ? 'is missing' : `ended with exit code ${exitCode}`}`,
  );
  return `${count(shards.length, 'shard')}: ${told.length === 0 ? 'all ended well' : told.join(', ')}.`;
}
