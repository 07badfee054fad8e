import type {Origin} from '../environments/model.ts';
import type {Question} from './question.ts';
import type {Requirement, Rule} from './requirement.ts';
import {judgeAttested} from './rules/attested.ts';
import {judgeMaxAge, judgePlatforms} from './rules/image.ts';
import {judgePromoted, judgeSoaked} from './rules/promoted.ts';
import {judgeSigned} from './rules/signed.ts';
import type {Finding} from './rules/finding.ts';

/** A rule's outcome. */
export interface RuleResult extends Finding {
  /** As the policy writes it: `signed: build`. */
  readonly rule: string;
  readonly origin: Origin;
  readonly mode: 'enforce' | 'warn';
  /** What would satisfy it. */
  readonly wanted: string;
}

/** Judges an image by every rule of every requirement: nothing is left out after a first failure. */
export async function evaluate(
  requirements: readonly Requirement[],
  question: Question,
): Promise<RuleResult[]> {
  const results = await Promise.all(
    requirements.map(async ({mode, rules, problems}) => [
      ...problems.map(brokenRule),
      ...(await Promise.all(
        rules.map(async (rule) => ({
          rule: rule.text,
          origin: rule.origin,
          mode,
          wanted: wantedBy(rule),
          ...(await judge(rule, question)),
        })),
      )),
    ]),
  );
  return results.flat();
}

/** Whether nothing that is enforced failed. */
export const isSatisfied = (results: readonly RuleResult[]): boolean =>
  results.every(({mode, passed}) => passed || mode === 'warn');

/** A policy that is not understood may have been meant to enforce. */
function brokenRule({message, ...origin}: Origin & {message: string}): RuleResult {
  return {
    rule: 'a policy that can be read',
    origin,
    mode: 'enforce',
    passed: false,
    found: message,
    wanted: 'correct the policy: corectl policy check shows what is wrong with it',
  };
}

async function judge(rule: Rule, question: Question): Promise<Finding> {
  const {refused} = question.evidence;
  if (refused !== undefined && 'by' in rule)
    return {passed: false, found: `the registry does not tell what refers to it: ${refused}`};
  switch (rule.kind) {
    case 'signed':
      return judgeSigned(rule, question);
    case 'attested':
      return judgeAttested(rule, question);
    case 'promoted':
      return judgePromoted(rule, question);
    case 'soaked':
      return judgeSoaked(rule, question);
    case 'platforms':
      return judgePlatforms(rule, question);
    case 'max-age':
      return judgeMaxAge(rule, question);
  }
}

function wantedBy(rule: Rule): string {
  switch (rule.kind) {
    case 'signed':
      return `a signature of this digest by ${rule.by}: cosign sign NAME@DIGEST`;
    case 'attested':
      return `an attestation of type ${rule.type} about this digest by ${rule.by}${conditionsOf(rule)}`;
    case 'promoted':
      return `a record of its promotion into the from-stage, signed by ${rule.by}`;
    case 'soaked':
      return `a record by ${rule.by} that is ${rule.duration.text} old: promote again then`;
    case 'platforms':
      return `an image for ${rule.platforms.join(', ')}`;
    case 'max-age':
      return `an image that was built within the last ${rule.duration.text}`;
  }
}

function conditionsOf({builder, maxSeverity, maxAge, where}: Rule & {kind: 'attested'}): string {
  return [
    ...(builder === undefined ? [] : [`built by ${builder}`]),
    ...(maxSeverity === undefined ? [] : [`with nothing above ${maxSeverity}`]),
    ...(maxAge === undefined ? [] : [`of the last ${maxAge.text}`]),
    ...(where === undefined ? [] : [`where ${where}`]),
  ]
    .map((condition) => `, ${condition}`)
    .join('');
}
