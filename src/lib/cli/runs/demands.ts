import path from 'node:path';
import {environmentsOf} from '../../access/place.ts';
import {readInside} from '../../environments/reading/files.ts';
import {isRecord} from '../../is-record.ts';
import type {Located, Model, Problem} from '../../environments/model.ts';
import type {YamlFile} from '../../environments/reading/yaml.ts';
import {formatProblem} from '../../environments/problem.ts';
import type {Judge} from '../../promotion/judgement.ts';
import type {Demands, Gated} from '../../promotion/policy-judge.ts';
import {printable} from '../../printable.ts';
import type {Plan} from '../../promotion/planning/plan.ts';
import type {SignerSources} from '../../policy/signers.ts';
import {usageError} from '../../usage-error.ts';

/** What the environments repository demands of a plan; undefined where nothing is demanded. */
export function demandsOf(model: Model, plan: Plan, clone: string): Demands | undefined {
  // one repository may be several environments': it has to satisfy each of them
  const requiredBy: Demands['requiredBy'] = (place) =>
    [model.stages.get(place.stage ?? ''), ...environmentsOf(place)].flatMap((one) => one?.require ?? []);
  const places = plan.images.flatMap(({destinations}) => destinations);
  if (!places.some((place) => requiredBy(place).length > 0)) return undefined;
  const repositories = model.tenants.get(plan.tenant ?? '')?.repositories ?? [];
  return {trust: model.trust, requiredBy, repositories, read: readerIn(clone)};
}

/** What a policy file demands, and how it has promotions recorded. */
export interface PolicyFile extends Demands {
  readonly record: Located | undefined;
  readonly trusted: Trusted;
}

/**
 * What a policy file, with `trust` and `require`, demands of every destination; its keys are in the same folder. Raises
 * `invalid-policy` when it cannot be read, demands nothing, or has a key that is none of a policy's.
 */
export async function demandsIn(file: string): Promise<PolicyFile> {
  const folder = path.dirname(path.resolve(file));
  const text = readerIn(folder)(path.basename(file));
  if (text === undefined) throw invalid(file, ['there is no such file, or it is a link']);
  const [{parseYaml}, {locatedAt}] = await Promise.all([
    import('../../environments/reading/yaml.ts'),
    import('../../environments/reading/located.ts'),
  ]);
  const yaml = parseYaml(text, file);
  if (yaml.problems.length > 0) throw invalid(file, yaml.problems.map(formatProblem));
  const stray = Object.keys(isRecord(yaml.value) ? yaml.value : {}).find((key) => !policyKeys.includes(key));
  if (stray !== undefined) throw invalid(file, [formatProblem(unknownKey(yaml, stray))]);
  const require: Located | undefined = locatedAt(yaml, ['require']);
  if (require === undefined) throw invalid(file, ['expected a require block, found none']);
  const trusted = {trust: locatedAt(yaml, ['trust']), repositories: [], read: readerIn(folder)};
  return {
    ...trusted,
    requiredBy: () => [require],
    record: locatedAt(yaml, ['record']),
    trusted: {...trusted, requires: [require]},
  };
}

const policyKeys = ['trust', 'require', 'record'];

/** What is misspelt, or indented by too little, would otherwise demand nothing without a word. */
const unknownKey = (yaml: YamlFile, key: string): Problem => ({
  ...yaml.origin([key]),
  message: `expected no key but ${policyKeys.join(', ')}, found ${JSON.stringify(printable(key, 60))}`,
});

/** What an environments repository or policy file says of who is trusted. */
export interface Trusted extends SignerSources {
  readonly trust: Located | undefined;
  /** All `require` blocks: who is named by `promoted` there makes records. */
  readonly requires: readonly Located[];
}

/** Who is trusted by an environments repository, for a tenant, and where that is demanded. */
export function trustedBy(
  {trust, stages, environments, tenants}: Model,
  tenant: string,
  clone: string,
): Trusted {
  const requires = [...stages.values(), ...environments.values()].flatMap(({require}) => require ?? []);
  const repositories = tenants.get(tenant)?.repositories ?? [];
  return {trust, requires, repositories, read: readerIn(clone)};
}

/** Bytes of a key or a trust root: sigstore's own has twenty thousand. */
const fileLimit = 1024 * 1024;

/** A function that reads the text files of one folder. It gives undefined for a file that is not there, and for a link. */
export function readerIn(folder: string): (file: string) => string | undefined {
  return (file) => {
    const found = readInside(folder, file, fileLimit);
    return found !== 'missing' && 'content' in found ? found.content : undefined;
  };
}

/** Who judges images by what is demanded of them; undefined, and nothing loaded, where nothing is. */
export async function judgeFor(
  demands: Demands | undefined,
  gated: Omit<Gated, 'demands'>,
): Promise<Judge | undefined> {
  if (demands === undefined) return undefined;
  const {policyJudge} = await import('../../promotion/policy-judge.ts');
  return policyJudge({demands, ...gated});
}

/** Characters of a reason: it is to be read in a summary. */
const reasonLimit = 500;

/** Why what is demanded need not be shown this time. Raises `usage` for no reason, and for one that nobody would read. */
export function overrideOf(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  const text = printable(reason, reasonLimit);
  if (text !== '' && reason.length <= reasonLimit) return text;
  throw usageError('usage', `--override-policy wants a reason of 1 to ${reasonLimit} characters`, [
    'say who decided it and why: it is recorded beside the image for good',
  ]);
}

function invalid(file: string, problems: readonly string[]): Error {
  return usageError('invalid-policy', `the policy ${JSON.stringify(file)} cannot be used`, [...problems]);
}
