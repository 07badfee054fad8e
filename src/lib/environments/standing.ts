import {nearest} from '../nearest.ts';
import type {Model, Problem, Tenant} from './model.ts';
import {problemsConcerning} from './problem.ts';

/** What a name that something mentions stands for. */
export type Standing =
  | {readonly state: 'usable'}
  /** An environment that the repository itself says is not in use. */
  | {readonly state: 'disabled'}
  /** It exists, or is likely meant by a misspelt name, and the problems say why it cannot be used. */
  | {readonly state: 'unusable'; readonly problems: readonly Problem[]}
  | {readonly state: 'unknown'; readonly near: readonly string[]};

export interface Mention {
  readonly kind: 'environment' | 'tenant' | 'stage';
  readonly name: string;
}

/**
 * Whether what is named can be used. An environment that is not enabled is never judged any further; one whose enabling
 * cannot be told for a misspelt name in the list is unusable, not disabled.
 */
export function standingOf(model: Model, mention: Mention): Standing {
  const {kind, name} = mention;
  if (kind === 'environment') {
    const problems = theirs(model, {kind: 'enabled', name});
    if (problems.length > 0) return {state: 'unusable', problems};
    const {environments, enabled} = model.names;
    if (environments.includes(name) && !enabled.includes(name)) return {state: 'disabled'};
  }
  const problems = theirs(model, mention);
  if (problems.length > 0) return {state: 'unusable', problems};
  const known = knownNames(model, kind);
  return known.includes(name) ? {state: 'usable'} : {state: 'unknown', near: nearest(name, known)};
}

/** Whether a tenant lists an environment, or the problems that keep it from being known: a misspelt name that may mean it. */
export function listingOf(
  model: Model,
  {name: tenant, environments}: Tenant,
  name: string,
): 'listed' | 'not-listed' | {readonly problems: readonly Problem[]} {
  if (environments.includes(name)) return 'listed';
  const problems = theirs(model, {kind: 'listing', name, tenant});
  return problems.length > 0 ? {problems} : 'not-listed';
}

/** Without the problems of the repository as a whole, which are nobody's own. */
function theirs(model: Model, subject: Parameters<typeof problemsConcerning>[1][number]): Problem[] {
  return problemsConcerning(model, [subject]).filter(({concerns}) => concerns !== undefined);
}

function knownNames({names, tenants}: Model, kind: Mention['kind']): readonly string[] {
  switch (kind) {
    case 'environment':
      return names.environments;
    case 'stage':
      return names.stages;
    case 'tenant':
      return [...tenants.keys()];
  }
}
