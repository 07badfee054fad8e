import type {Claim} from '../../evidence/claim.ts';
import type {Verified} from '../../evidence/signer.ts';
import type {Statement} from '../../evidence/statement.ts';
import type {Question} from '../question.ts';
import type {Rule} from '../requirement.ts';
import {conditionProblem} from './condition.ts';
import {isFinding, missing, verifiedClaims, type Finding} from './finding.ts';
import {builderProblem} from './slsa.ts';
import {scanProblem, scanTime} from './vulnerabilities.ts';

type AttestedRule = Rule & {kind: 'attested'};

/** Whether a statement of the type about this digest was signed by whom it must be, and says what it must. */
export async function judgeAttested(rule: AttestedRule, question: Question): Promise<Finding> {
  const {evidence, digest, signers} = question;
  const {by, type} = rule;
  const ofType = evidence.claims.filter((claim) => isOfType(claim, rule.predicateTypes));
  const claims = ofType.filter(({says}) => says.kind === 'statement' && says.subjects.has(digest));
  const noun = `attestation of type ${type}`;
  if (claims.length === 0 && ofType.length > 0)
    return missing([`no ${noun} about this digest: what is attached is about another`]);
  const verified = await verifiedClaims({claims, noun, by, signers, unreadable: evidence.unreadable});
  if (isFinding(verified)) return verified;
  const problems = await Promise.all(
    relevant(rule, verified).map(({claim}) => problemOf(rule, claim.says as Statement, question)),
  );
  if (problems.includes(undefined)) return {passed: true, found: `attested by ${by}`};
  return missing([...new Set(problems.filter((one) => one !== undefined))]);
}

function isOfType({says}: Claim, types: readonly string[]): boolean {
  return says.kind === 'statement' && types.includes(says.predicateType);
}

/** Of several scans the last one counts: a vulnerability that became known since does not go away by an older report. */
function relevant({type}: AttestedRule, verified: readonly Verified[]): readonly Verified[] {
  if (type !== 'vuln') return verified;
  const times = verified.map(({claim}) => scanTime((claim.says as Statement).predicate) ?? 0);
  const newest = Math.max(...times);
  return verified.filter((_, i) => times[i] === newest);
}

/** What keeps a statement from satisfying the rule, if anything does. */
async function problemOf(
  rule: AttestedRule,
  statement: Statement,
  {now}: Question,
): Promise<string | undefined> {
  const {predicate} = statement;
  return (
    (rule.builder === undefined ? undefined : builderProblem(predicate, rule.builder)) ??
    (rule.type === 'vuln' ? scanProblem(predicate, rule, now) : undefined) ??
    (rule.where === undefined ? undefined : await conditionProblem(rule.where, statement))
  );
}
