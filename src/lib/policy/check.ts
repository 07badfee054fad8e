import type {Model, Problem} from '../environments/model.ts';
import {matchesGlob} from '../evidence/glob.ts';
import {publicKeyIn} from '../evidence/public-key.ts';
import {parseRecordSettings} from '../record/settings.ts';
import {readPolicy} from './policy.ts';
import type {Requirement, Rule} from './requirement.ts';
import {openSigners, type ReadTrustFile} from './signers.ts';
import {parseTrust, type Trust, type TrustedIdentity} from './trust.ts';

/** What a check of a whole repository's policy found. */
export interface PolicyCheck {
  readonly problems: readonly Problem[];
  /** Rules that were read. */
  readonly rules: number;
}

/**
 * Checks all that stages and environments demand, without asking any registry: fields, identities, conditions, key files, the
 * trust root, and that nobody's records can pass for signatures of images.
 */
export async function checkPolicy(model: Model, read: ReadTrustFile): Promise<PolicyCheck> {
  const demanding = [...model.stages.values(), ...model.environments.values()];
  const nodes = demanding.map(({require}) => require).filter((node) => node !== undefined);
  const trust = parseTrust(model.trust);
  const requirements = (
    await Promise.all(nodes.map(async (node) => (await readPolicy(model.trust, [node])).requirements))
  ).flat();
  const rules = requirements.flatMap((requirement) => requirement.rules);
  const found = [
    ...model.problems.filter(hidesDemands),
    ...trust.problems,
    ...requirements.flatMap(({problems}: Requirement) => problems),
    ...recordProblems(model, trust),
    ...(await signerProblems(trust, read)),
    ...doubleRoles(trust, rules, read),
  ];
  return {problems: distinct(found), rules: rules.length};
}

/** Whether it keeps a stage or an environment, or all of them, from being read, with what is demanded there. */
const hidesDemands = ({concerns}: Problem): boolean =>
  concerns?.some(({kind}) => kind === 'stage' || kind === 'environment') ?? true;

function recordProblems({record}: Model, {root}: Trust): readonly Problem[] {
  const {settings, problems} = parseRecordSettings(record);
  if (record === undefined || settings.kind !== 'keyless' || root !== undefined) return problems;
  return [{...record.origin, message: 'expected trust.root beside record: keyless, found none'}];
}

/** Everyone who is trusted can be verified, whether a rule names them or not. */
async function signerProblems(trust: Trust, read: ReadTrustFile): Promise<Problem[]> {
  // which repositories a tenant has is no matter here
  const signers = openSigners(trust, {read, repositories: ['any/repository']});
  const identities = [...trust.identities.values()];
  const found = await Promise.all(
    identities.map(async ({name, origin}): Promise<Problem[]> => {
      const signer = await signers(name);
      return typeof signer === 'string'
        ? [{...origin, message: `expected a usable identity, found that ${signer}`}]
        : [];
    }),
  );
  return found.flat();
}

/**
 * cosign 3 takes any attestation by a key for a signature, a record as well: who records promotions may not be who signs
 * images, or every promoted image counts as signed for whoever verifies it so.
 */
function doubleRoles({identities}: Trust, rules: readonly Rule[], read: ReadTrustFile): Problem[] {
  const signing = rules.flatMap((rule) =>
    rule.kind === 'signed' ? whoIs(identities.get(rule.by), read) : [],
  );
  return rules.flatMap((rule): Problem[] => {
    if (rule.kind !== 'promoted') return [];
    const recording = whoIs(identities.get(rule.by), read);
    if (!recording.some((one) => signing.some((other) => mayBeOne(one, other)))) return [];
    const message = `expected an identity that signs no images, found ${rule.by}, which stands for signed as well`;
    return [{...rule.origin, message}];
  });
}

/** Whether a certificate of the one may be one of the other: one's pattern covers what the other's says, stars and all. */
const mayBeOne = (one: string, other: string): boolean => matchesGlob(one, other) || matchesGlob(other, one);

/** Texts that are equal where two identities are the same: the key itself, or issuer and subject. */
function whoIs(identity: TrustedIdentity | undefined, read: ReadTrustFile): string[] {
  if (identity === undefined) return [];
  if (identity.kind === 'key') return [keyIn(read(identity.key.file)) ?? identity.key.file];
  return identity.subjects.map((subject) => `${identity.issuer} ${subject}`);
}

/** The numbers of a key: one key may be written in several ways. */
function keyIn(pem: string | undefined): string | undefined {
  const key = pem === undefined ? undefined : publicKeyIn(pem);
  return key && JSON.stringify(key.export({format: 'jwk'}));
}

function distinct(problems: readonly Problem[]): Problem[] {
  const byText = problems.map(
    (one) => [`${one.file}:${one.line}:${one.column} ${one.message}`, one] as const,
  );
  return [...new Map(byText).values()];
}
