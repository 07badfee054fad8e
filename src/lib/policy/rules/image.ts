import {printable} from '../../printable.ts';
import {formatSpan} from '../duration.ts';
import type {Question} from '../question.ts';
import type {Rule} from '../requirement.ts';
import {clockTolerance} from './clock.ts';
import {missing, type Finding} from './finding.ts';

/** Whether the image is there for every platform; `linux/arm64` is met by `linux/arm64/v8`. */
export async function judgePlatforms(
  {platforms}: Rule & {kind: 'platforms'},
  {facts}: Question,
): Promise<Finding> {
  const found = await facts.platforms();
  const isThere = (wanted: string) => found.some((one) => one === wanted || one.startsWith(`${wanted}/`));
  const has = printable(found.join(', '), 300) || 'none';
  const unmet = platforms.filter((one) => !isThere(one));
  return unmet.length === 0 ? {passed: true, found: has} : missing([`${has}, and not ${unmet.join(', ')}`]);
}

/** Whether every one of the image's images was made within the time. */
export async function judgeMaxAge(
  {duration}: Rule & {kind: 'max-age'},
  {facts, now}: Question,
): Promise<Finding> {
  const ages = (await facts.created()).map((created) => created && now.getTime() - created.getTime());
  if (ages.length === 0 || ages.includes(undefined))
    return missing(['the image does not say when it was built']);
  const known = ages.filter((age) => age !== undefined);
  const [oldest, youngest] = [Math.max(...known), Math.min(...known)];
  if (youngest < -clockTolerance) return missing(['the image says that it is built in the future']);
  const found = `built ${formatSpan(Math.max(oldest, 0))} ago`;
  return {passed: oldest <= duration.milliseconds, found};
}
