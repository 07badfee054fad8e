import type {Connection} from '../access/connection.ts';
import {onRegistry, type ImagePlace, type Place} from '../access/place.ts';
import {resolveManifest} from '../distribution/manifests.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import type {Located} from '../environments/model.ts';
import {formatPosition} from '../environments/problem.ts';
import {gatherEvidence} from '../evidence/evidence.ts';
import {imageFacts} from '../evidence/image-facts.ts';
import type {Session} from '../distribution/session.ts';
import type {Manifest} from '../oci/manifest.ts';
import {evaluate, type RuleResult} from '../policy/evaluate.ts';
import {readPolicy} from '../policy/policy.ts';
import {openSigners, type ReadTrustFile} from '../policy/signers.ts';
import {printable} from '../printable.ts';
import type {PromotionListener} from './events.ts';
import {preflightFailure} from './failures.ts';
import type {Plan, PlannedImage} from './plan.ts';
import type {ImagePreview} from './preflight.ts';
import type {Gate} from './run.ts';

/** What the places of a plan demand, and whose word counts for it. */
export interface Demands {
  readonly trust: Located | undefined;
  /** The `require` blocks of a place: its stage's, and those of all of its environments. */
  requiredBy(place: Place): readonly Located[];
  /** Reads a key or the trust root from where the policy is. */
  readonly read: ReadTrustFile;
  /** The tenant's, for `{repository}`. */
  readonly repositories: readonly string[];
}

/** What images are judged by, and what is known of their promotion. */
export interface Gated extends Pick<Plan, 'tenant' | 'fromStage'> {
  readonly demands: Demands;
  readonly connection: Connection;
  readonly now: Date;
}

/**
 * A gate that lets images through which satisfy what all their destinations demand; every rule that fails is told, with exit
 * code 6. An image whose evidence cannot be read is refused as the preflight refuses what it cannot read.
 */
export function policyGate(gated: Gated): Gate {
  return {
    refusal: async (previews, emit) => {
      const judged = await Promise.all(previews.map((preview) => judgePreview(preview, gated)));
      const unreadable = judged.find((one) => one instanceof CorectlError);
      return (
        unreadable ??
        refusalOf(
          judged.flat().filter((one) => 'label' in one),
          emit,
        )
      );
    },
  };
}

/** What a policy says of one image of a plan. */
export interface JudgedImage {
  readonly planned: PlannedImage;
  readonly digest: string;
  readonly results: readonly RuleResult[];
}

/** Judges every image of a plan where it is. Rejects where something cannot be read, told by its side. */
export function judgePlan({images}: Plan, gated: Gated): Promise<JudgedImage[]> {
  return Promise.all(
    images.map(async (planned) => {
      const {source} = planned;
      try {
        const root = await resolveManifest(sessionWith(source, gated), source.tagOrDigest);
        const results = await judge({planned, place: source, root}, gated);
        return {planned, digest: root.descriptor.digest, results};
      } catch (error) {
        throw preflightFailure(error, source, 'source');
      }
    }),
  );
}

type Told = RuleResult & {readonly label: string};

async function judgePreview({planned, found}: ImagePreview, gated: Gated): Promise<Told[] | CorectlError> {
  // what could not be read is not written either
  if (found === undefined) return [];
  const {place, graph} = found;
  try {
    const results = await judge({planned, place, root: graph.root}, gated);
    return results.map((result) => ({...result, label: planned.label}));
  } catch (error) {
    return preflightFailure(error, place, 'source');
  }
}

interface Judging {
  readonly planned: PlannedImage;
  readonly place: ImagePlace;
  readonly root: Manifest;
}

async function judge({planned, place, root}: Judging, gated: Gated): Promise<readonly RuleResult[]> {
  const {tenant, fromStage, demands, now} = gated;
  const required = new Set(planned.destinations.flatMap((one) => demands.requiredBy(one)));
  if (required.size === 0) return [];
  const session = sessionWith(place, gated);
  const {digest} = root.descriptor;
  const {trust, requirements} = await readPolicy(demands.trust, [...required]);
  const asks = requirements.some(({rules}) => rules.some((rule) => 'by' in rule));
  return evaluate(requirements, {
    digest,
    fromStage,
    tenant: tenant ?? undefined,
    evidence: asks ? await gatherEvidence(session, digest) : {claims: [], unreadable: []},
    signers: openSigners(trust, demands),
    facts: imageFacts(session, root),
    now,
  });
}

/** The registry that evidence is read from. Raises `unsupported-source` for a layout, whose evidence nobody reads yet. */
function sessionWith(place: ImagePlace, {connection}: Gated): Session {
  const onOne = onRegistry(place);
  if (onOne !== undefined) return connection.session(onOne, 'source');
  throw new CorectlError({
    code: 'unsupported-source',
    message: `${place.reference}: what a stage demands is not looked for in OCI image layouts`,
    suggestions: ['promote from the layout to a registry stage that demands nothing, and from there on'],
    side: 'source',
  });
}

function refusalOf(results: readonly Told[], emit: PromotionListener): CorectlError | undefined {
  const failed = results.filter(({passed}) => !passed);
  for (const result of failed)
    if (result.mode === 'warn') emit({kind: 'warning', message: formatResult(result)});
  const enforced = failed.filter(({mode}) => mode === 'enforce');
  if (enforced.length === 0) return undefined;
  const labels = [...new Set(enforced.map(({label}) => label))].join(', ');
  const rules = enforced.length === 1 ? '1 rule is' : `${enforced.length} rules are`;
  return new CorectlError({
    code: 'policy',
    message: `${labels}: ${rules} not satisfied`,
    suggestions: enforced.map(formatResult),
    exitCode: exitCodes.policy,
    side: 'source',
  });
}

/** `app:1.2.3: corectl.yaml:9:7 p2p.prod.require.signed: signed: build: found …; wanted …` */
function formatResult({label, rule, origin, found, wanted}: Told): string {
  return printable(`${label}: ${formatPosition(origin)}: ${rule}: found ${found}; wanted ${wanted}`, 1500);
}
