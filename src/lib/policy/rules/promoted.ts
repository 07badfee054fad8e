import type {Claim} from '../../evidence/claim.ts';
import type {Verified} from '../../evidence/signer.ts';
import type {Statement} from '../../evidence/statement.ts';
import {printable} from '../../printable.ts';
import {promotionIn, promotionPredicate, startOf, type Promotion} from '../../record/promotion.ts';
import {formatSpan} from '../duration.ts';
import type {Question} from '../question.ts';
import type {Rule} from '../requirement.ts';
import {clockTolerance} from './clock.ts';
import {isFinding, missing, verifiedClaims, type Finding} from './finding.ts';

/** Whether the digest's promotion into the from-stage is recorded. */
export async function judgePromoted(
  {by}: Rule & {kind: 'signed' | 'promoted'},
  question: Question,
): Promise<Finding> {
  const since = await recordedSince(by, question);
  return typeof since === 'number' ? {passed: true, found: `recorded by ${by}`} : since;
}

/** Whether that was long enough ago. */
export async function judgeSoaked(
  {by, duration}: Rule & {kind: 'soaked'},
  question: Question,
): Promise<Finding> {
  const since = await recordedSince(by, question);
  if (typeof since !== 'number') return since;
  const age = question.now.getTime() - since;
  const found = `in ${question.fromStage} for ${formatSpan(Math.max(age, 0))}`;
  return {passed: age >= duration.milliseconds, found};
}

/** When the first promotion into the from-stage that is recorded was made, in milliseconds of the epoch. */
async function recordedSince(by: string, question: Question): Promise<number | Finding> {
  const {evidence, digest, signers, fromStage, now} = question;
  const claims = evidence.claims.filter(
    ({says}) =>
      says.kind === 'statement' && says.predicateType === promotionPredicate && says.subjects.has(digest),
  );
  const noun = 'record of a promotion';
  const verified = await verifiedClaims({claims, noun, by, signers, unreadable: evidence.unreadable});
  if (isFinding(verified)) return verified;
  const records = verified.flatMap((one) => recordOf(one) ?? []);
  const into = records.filter(({promotion}) => isInto(promotion, question));
  if (into.length === 0)
    return missing([`no record of its promotion into ${fromStage}, only ${stagesOf(records)}`]);
  const times = into.map(({time}) => time).filter((time) => time <= now.getTime() + clockTolerance);
  if (times.length > 0) return Math.min(...times);
  return missing(['its record is from the future: the clock here, or that of the recorder, is wrong']);
}

interface TimedRecord {
  readonly promotion: Promotion;
  readonly time: number;
}

/** Its own word for when it was made, unless somebody who is trusted to say so says later. */
function recordOf({claim, times}: Verified): TimedRecord | undefined {
  const promotion = promotionIn(statementOf(claim));
  if (promotion === undefined) return undefined;
  return {promotion, time: Math.max(startOf(promotion), ...times.map((time) => time.getTime()))};
}

const statementOf = ({says}: Claim): Statement => says as Statement;

function isInto({tenant, destinations}: Promotion, {fromStage, tenant: wanted}: Question): boolean {
  return tenant === wanted && destinations.some(({stage}) => stage === fromStage);
}

function stagesOf(records: readonly TimedRecord[]): string {
  const stages = new Set(records.flatMap(({promotion}) => promotion.destinations.map(({stage}) => stage)));
  return stages.size === 0 ? 'records that cannot be read' : `into ${printable([...stages].join(', '), 200)}`;
}
