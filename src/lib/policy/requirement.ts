import type {Located, Origin, Problem} from '../environments/model.ts';
import {ruleNames} from '../environments/reading/misplaced-demands.ts';
import {nearest} from '../nearest.ts';
import {duration, type Duration} from './duration.ts';
import {predicateNames, predicateTypesOf} from './predicates.ts';
import {fieldsOf, oneOf, oneOrMore, refuse, textOf, type Read} from './reading.ts';

/** What a stage or an environment demands before an image is promoted into it. */
export interface Requirement {
  /** `warn` tells what is not shown, and promotes. */
  readonly mode: 'enforce' | 'warn';
  readonly rules: readonly Rule[];
  /** What is wrong with it: a policy that is not understood is satisfied by nothing. */
  readonly problems: readonly Problem[];
}

export type Rule = {readonly origin: Origin; /** As the policy writes it. */ readonly text: string} & (
  | {readonly kind: 'signed' | 'promoted'; readonly by: string}
  | ({readonly kind: 'attested'; readonly by: string} & Attestation)
  | {readonly kind: 'soaked'; readonly by: string; readonly duration: Duration}
  | {readonly kind: 'platforms'; readonly platforms: readonly string[]}
  | {readonly kind: 'max-age'; readonly duration: Duration}
);

/** What is demanded of a statement besides who signed it. */
export interface Attestation {
  readonly type: string;
  readonly predicateTypes: readonly string[];
  readonly builder?: string | undefined;
  readonly maxSeverity?: Severity | undefined;
  readonly maxAge?: Duration | undefined;
  /** A condition in CEL. */
  readonly where?: string | undefined;
}

/** CVSS v3.1 §5, the qualitative severity rating scale, in its order. */
export const severities = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Reads a `require` block; `identities` are the names that `trust` gives. Unknown fields are problems, with the nearest name. */
export function parseRequirement(node: Located, identities: ReadonlySet<string>): Requirement {
  const problems: Problem[] = [];
  const fields = fieldsOf(node, ['mode', ...ruleNames], problems);
  const mode = optional(oneOf('enforce', 'warn'), fields.mode, problems) ?? 'enforce';
  const identity = identityIn(identities);
  const rules = ruleNames.flatMap((name) => rulesNamed[name](fields, identity, problems));
  const known = rules.filter((rule) => rule !== undefined);
  if (problems.length === 0 && known.length === 0) refuse(node, 'at least one rule', problems);
  return {mode, rules: known, problems};
}

/** How the rules are read of each name: the compiler asks for every one. */
const rulesNamed: Readonly<
  Record<
    (typeof ruleNames)[number],
    (fields: Fields, identity: Read<string>, problems: Problem[]) => readonly (Rule | undefined)[]
  >
> = {
  signed: ({signed}, identity, problems) =>
    (optional(oneOrMore(identity), signed, problems) ?? []).map((by, i) =>
      ruleAt(elementOf(signed, i), `signed: ${by}`, {kind: 'signed', by}),
    ),
  attested: ({attested}, identity, problems) => attestedRules(attested, identity, problems),
  promoted({promoted}, identity, problems) {
    const by = optional(identity, promoted, problems);
    return by === undefined ? [] : [ruleAt(promoted, `promoted: ${by}`, {kind: 'promoted', by})];
  },
  soaked({soaked, promoted}, identity, problems) {
    // whose word that is has been looked at with promoted
    const by = promoted && (identity(promoted, []) ?? '');
    return [soakedRule(soaked, by, problems)];
  },
  platforms: ({platforms}, _, problems) => [platformsRule(platforms, problems)],
  'max-age': (fields, _, problems) => [ageRule(fields['max-age'], problems)],
};

function optional<Value>(
  read: Read<Value>,
  node: Located | undefined,
  problems: Problem[],
): Value | undefined {
  return node && read(node, problems);
}

type Bare<T> = T extends unknown ? Omit<T, 'origin' | 'text'> : never;

function ruleAt(node: Located | undefined, text: string, rule: Bare<Rule>): Rule | undefined {
  return node && {origin: node.origin, text, ...rule};
}

function elementOf(node: Located | undefined, index: number): Located | undefined {
  return node && 'list' in node ? node.list[index] : node;
}

function identityIn(identities: ReadonlySet<string>): Read<string> {
  return (node, problems) => {
    if ('text' in node && identities.has(node.text)) return node.text;
    const [near] = 'text' in node ? nearest(node.text, identities) : [];
    refuse(node, `an identity of p2p.trust${near === undefined ? '' : ` such as ${near}`}`, problems);
    return undefined;
  };
}

function attestedRules(
  node: Located | undefined,
  identity: Read<string>,
  problems: Problem[],
): (Rule | undefined)[] {
  const nodes = node === undefined ? [] : 'list' in node ? node.list : [node];
  if (node !== undefined && nodes.length === 0) refuse(node, 'at least one attestation', problems);
  return nodes.map((one) => attestedRule(one, identity, problems));
}

function attestedRule(node: Located, identity: Read<string>, problems: Problem[]): Rule | undefined {
  const fields = fieldsOf(node, ['type', 'by', 'builder', 'max-severity', 'max-age', 'where'], problems);
  if (!('map' in node)) return undefined;
  const type = required(typeName, 'type', {node, fields}, problems);
  const by = required(identity, 'by', {node, fields}, problems);
  onlyFor('slsa', ['builder'], {type, fields}, problems);
  onlyFor('vuln', ['max-severity', 'max-age'], {type, fields}, problems);
  const more = {
    builder: optional(pattern, fields.builder, problems),
    maxSeverity: optional(oneOf(...severities), fields['max-severity'], problems),
    maxAge: optional(duration, fields['max-age'], problems),
    where: optional(textOf('a condition in CEL'), fields.where, problems),
  };
  if (type === undefined || by === undefined) return undefined;
  const predicateTypes = predicateTypesOf(type) ?? [];
  const text = `attested: ${type} by ${by}`;
  return ruleAt(node, text, {kind: 'attested', by, type, predicateTypes, ...more});
}

type Fields = ReturnType<typeof fieldsOf>;

function required<Value>(
  read: Read<Value>,
  name: string,
  {node, fields}: {node: Located; fields: Fields},
  problems: Problem[],
): Value | undefined {
  const field = fields[name];
  if (field !== undefined) return read(field, problems);
  problems.push({...node.origin, message: `expected a field ${name}, found none`});
  return undefined;
}

const typeName: Read<string> = (node, problems) => {
  if ('text' in node && predicateTypesOf(node.text) !== undefined) return node.text;
  refuse(node, `a predicate type: ${predicateNames.join(', ')}, or a URI`, problems);
  return undefined;
};

const pattern = textOf('a text in which * stands for anything but / and @', /^[^\s\p{Cc}]+$/u);

/** A field that would not be looked at is one that somebody relies upon in vain. */
function onlyFor(
  type: string,
  names: readonly string[],
  {type: found, fields}: {type: string | undefined; fields: Fields},
  problems: Problem[],
): void {
  for (const name of names) {
    const field = fields[name];
    if (field === undefined || found === type) continue;
    problems.push({
      ...field.origin,
      message: `expected ${name} with type ${type} only, found it with ${found ?? 'none'}`,
    });
  }
}

function soakedRule(
  node: Located | undefined,
  by: string | undefined,
  problems: Problem[],
): Rule | undefined {
  const time = optional(duration, node, problems);
  if (node === undefined || time === undefined) return undefined;
  if (by !== undefined) return ruleAt(node, `soaked: ${time.text}`, {kind: 'soaked', by, duration: time});
  problems.push({
    ...node.origin,
    message: 'expected promoted beside soaked, which says whose record the time counts from, found none',
  });
  return undefined;
}

const platform = textOf(
  'a platform such as linux/amd64 or linux/arm64/v8',
  /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/,
);

function platformsRule(node: Located | undefined, problems: Problem[]): Rule | undefined {
  const platforms = optional(oneOrMore(platform), node, problems);
  return platforms && ruleAt(node, `platforms: ${platforms.join(', ')}`, {kind: 'platforms', platforms});
}

function ageRule(node: Located | undefined, problems: Problem[]): Rule | undefined {
  const time = optional(duration, node, problems);
  return time && ruleAt(node, `max-age: ${time.text}`, {kind: 'max-age', duration: time});
}
