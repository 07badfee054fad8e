import type {Located} from '../environments/model.ts';
import type {Problem} from '../environments/model.ts';
import {conditionSyntaxProblem} from './rules/condition.ts';
import {parseRequirement, type Requirement, type Rule} from './requirement.ts';
import {parseTrust, type Trust} from './trust.ts';

/** What is demanded of an image on its way into a place, and whose word counts for it. */
export interface Policy {
  readonly trust: Trust;
  /** Of the stage, and of the environment, which only adds. */
  readonly requirements: readonly Requirement[];
}

/** Reads what `trust` and the `require` blocks say; a trust that cannot be read leaves no requirement satisfiable. */
export async function readPolicy(
  trustNode: Located | undefined,
  requireNodes: readonly (Located | undefined)[],
): Promise<Policy> {
  const trust = parseTrust(trustNode);
  const present = requireNodes.filter((node) => node !== undefined);
  const requirements = present.map((node) => parseRequirement(node, new Set(trust.identities.keys())));
  const checked = await Promise.all(requirements.map(withConditions));
  if (checked.length === 0 || trust.problems.length === 0) return {trust, requirements: checked};
  return {trust, requirements: [{mode: 'enforce', rules: [], problems: trust.problems}, ...checked]};
}

/** A condition that is no CEL is wrong wherever it is asked, not only where a statement is there to be asked about. */
async function withConditions(requirement: Requirement): Promise<Requirement> {
  const problems = await Promise.all(requirement.rules.map(conditionProblemOf));
  return {...requirement, problems: [...requirement.problems, ...problems.flat()]};
}

async function conditionProblemOf(rule: Rule): Promise<Problem[]> {
  if (rule.kind !== 'attested' || rule.where === undefined) return [];
  const problem = await conditionSyntaxProblem(rule.where);
  return problem === undefined
    ? []
    : [{...rule.origin, message: `expected a condition in CEL that gives true or false, found ${problem}`}];
}
