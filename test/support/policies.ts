// A policy asked about what a registry of the test holds.
import {locatedAt} from '../../src/lib/environments/reading/located.ts';
import {parseYaml} from '../../src/lib/environments/reading/yaml.ts';
import {RemoteRepository} from '../../src/lib/copy/remote-repository.ts';
import {gatherEvidence} from '../../src/lib/evidence/evidence.ts';
import {imageFacts} from '../../src/lib/evidence/image-facts.ts';
import type {Digest} from '../../src/lib/oci/digest.ts';
import {evaluate, isSatisfied, type RuleResult} from '../../src/lib/policy/evaluate.ts';
import {readPolicy} from '../../src/lib/policy/policy.ts';
import {openSigners} from '../../src/lib/policy/signers.ts';
import {sessionWith} from './promotion.ts';
import type {TestSite} from './sites.ts';

export interface Asked {
  /** `trust` and `require`, as they stand below `p2p` and a stage. */
  readonly policy: string;
  /** Keys and the trust root, by their paths. */
  readonly files?: Readonly<Record<string, string>>;
  readonly repositories?: readonly string[];
  readonly now?: Date;
}

export interface Judged {
  readonly satisfied: boolean;
  readonly results: readonly RuleResult[];
  /** What stands in the way, a line for each rule. */
  readonly failures: string;
}

/** Judges an image of the tenant payments that is to leave extended-test. */
export async function judge(site: TestSite, digest: Digest, asked: Asked): Promise<Judged> {
  const {policy: text, files = {}, repositories = ['acme/payments'], now = new Date()} = asked;
  const file = parseYaml(text, 'corectl.yaml');
  const policy = await readPolicy(locatedAt(file, ['trust']), [locatedAt(file, ['require'])]);
  const usual = sessionWith(site, 'app');
  const source = new RemoteRepository({...usual, policy: {...usual.policy, attempts: 1}});
  const results = await evaluate(policy.requirements, {
    digest,
    fromStage: 'extended-test',
    tenant: 'payments',
    evidence: await gatherEvidence(source, digest),
    signers: openSigners(policy.trust, {read: (name) => files[name], repositories}),
    facts: imageFacts(source, await source.resolve(digest)),
    now,
  });
  return {
    satisfied: isSatisfied(results),
    results,
    failures: results
      .filter(({passed}) => !passed)
      .map(({rule, origin, found}) => `${origin.file}:${origin.line} ${rule}: ${found}`)
      .join('\n'),
  };
}
