import type {Located} from '../environments/model.ts';
import type {Signer} from '../evidence/signer.ts';
import {readPolicy} from './policy.ts';
import {openSigners, type SignerSources} from './signers.ts';

/** Whose records count, and who of them cannot be verified, a sentence each. */
export interface RecordSigners {
  readonly signers: ReadonlyMap<string, Signer>;
  readonly unusable: readonly string[];
}

/**
 * Whose word about promotions counts: who is named by `promoted` anywhere; where nobody is, everyone who is trusted and
 * signs no images. Another's record may be forged by whoever builds.
 */
export async function recordSigners(
  trustNode: Located | undefined,
  requires: readonly Located[],
  sources: SignerSources,
): Promise<RecordSigners> {
  const {trust, requirements} = await readPolicy(trustNode, requires);
  const rules = requirements.flatMap((one) => one.rules);
  const by = (kind: 'promoted' | 'signed') => rules.flatMap((rule) => (rule.kind === kind ? [rule.by] : []));
  const recording = new Set(by('promoted'));
  const signing = new Set(by('signed'));
  const names =
    recording.size > 0 ? recording : [...trust.identities.keys()].filter((one) => !signing.has(one));
  const open = openSigners(trust, sources);
  const opened = await Promise.all([...names].map(async (name) => [name, await open(name)] as const));
  return {
    signers: new Map(opened.flatMap(([name, one]) => (typeof one === 'string' ? [] : [[name, one]]))),
    unusable: opened.flatMap(([name, one]) => (typeof one === 'string' ? [`${name}: ${one}`] : [])),
  };
}
