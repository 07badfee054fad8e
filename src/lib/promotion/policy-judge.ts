import type {Connection} from '../access/connection.ts';
import type {Place} from '../access/place.ts';
import {CorectlError, exitCodes} from '../errors.ts';
import type {Located} from '../environments/model.ts';
import {formatPosition} from '../environments/problem.ts';
import type {Claim} from '../evidence/claim.ts';
import {gatherEvidence, type Evidence} from '../evidence/evidence.ts';
import {imageFacts} from '../evidence/image-facts.ts';
import type {SourcedAttachment} from '../copy/attachments.ts';
import type {Source} from '../copy/source.ts';
import type {Manifest} from '../oci/manifest.ts';
import {evaluate, type RuleResult} from '../policy/evaluate.ts';
import {readPolicy, type Policy} from '../policy/policy.ts';
import {openSigners, type ReadTrustFile} from '../policy/signers.ts';
import {printable} from '../printable.ts';
import type {PromotionListener} from './events.ts';
import {preflightFailure} from './failures.ts';
import type {Plan, PlannedImage} from './planning/plan.ts';
import type {DestinationPreview} from './destination-preview.ts';
import type {ImagePreview} from './preflight.ts';
import type {Judge} from './judgement.ts';

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
  readonly now: Date;
  /** Why what is demanded need not be shown this time. */
  readonly override?: string | undefined;
}

/**
 * Judges images by what all their destinations demand. Every rule that is not satisfied is told, and refuses with exit code 6.
 * Evidence that cannot be read is a failure of the preflight, as an image that cannot be read is.
 */
export function policyJudge(gated: Gated): Judge {
  return {
    judge: async (previews, emit) => {
      const judged = await Promise.all(previews.map((preview) => judgePreview(preview, gated)));
      const unreadable = judged.find((one) => one instanceof CorectlError);
      const told = judged.map((one) => (one instanceof CorectlError ? [] : one));
      const verdicts = new Map(previews.map((preview, i) => [preview, told[i] ?? []]));
      const {override} = gated;
      return {refusal: unreadable ?? refusalOf(told.flat(), override, emit), override, verdicts};
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
export function judgePlan(
  {images}: Plan,
  gated: Gated & {readonly connection: Connection},
): Promise<JudgedImage[]> {
  return Promise.all(
    images.map(async (planned) => {
      const {source: place, destinations} = planned;
      try {
        const source = gated.connection.source(place);
        const root = await source.resolve(place.tagOrDigest);
        const results = await judge(destinations, imageToJudge(source, root), gated);
        return {planned, digest: root.descriptor.digest, results};
      } catch (error) {
        throw preflightFailure(error, place, 'source');
      }
    }),
  );
}

type Told = RuleResult & {readonly label: string};

/** What is judged where it is: at its source, or, of an image that no source has any more, at each destination. */
async function judgePreview(preview: ImagePreview, gated: Gated): Promise<Told[] | CorectlError> {
  const {planned, found} = preview;
  const written = preview.destinations.filter(({state, record}) => state === 'ready' || record === 'wanted');
  if (found === undefined) return judgeApart(written, planned, gated);
  // manifests list what was promoted long ago as well: it is not judged again
  if (planned.mayBeGone === true && written.length === 0) return [];
  const toJudge = imageToJudge(found.source, found.graph.root, preview.attachments);
  try {
    const results = await judge(planned.destinations, toJudge, gated);
    const heldBack = await judgeArrivals(written, {preview, toJudge, gated});
    return heldBack instanceof CorectlError ? heldBack : [...labelled(results, planned.label), ...heldBack];
  } catch (error) {
    return preflightFailure(error, found.place, 'source');
  }
}

async function judgeApart(
  destinations: readonly DestinationPreview[],
  planned: PlannedImage,
  gated: Gated,
): Promise<Told[] | CorectlError> {
  const told: Told[] = [];
  for (const destination of destinations) {
    const {place, image, target, missingAttachments} = destination;
    // what could not be read is not written either
    if (image === undefined) continue;
    try {
      const {root} = image.graph;
      const attached = missingAttachments.map(({attachment}) => attachment);
      const remains = imageToJudge(image.source, root, attached);
      const evidence = () => evidenceAfter(destination, remains);
      const results = await judge([place], {source: target, root, evidence}, gated);
      told.push(...labelled(results, `${planned.label} at ${place.label}`));
    } catch (error) {
      return preflightFailure(error, place, 'destination');
    }
  }
  return told;
}

interface Arriving {
  readonly preview: ImagePreview;
  readonly toJudge: ImageToJudge;
  readonly gated: Gated;
}

async function judgeArrivals(
  destinations: readonly DestinationPreview[],
  arriving: Arriving,
): Promise<Told[] | CorectlError> {
  const told: Told[] = [];
  for (const destination of destinations) {
    try {
      told.push(...(await judgeArrival(destination, arriving)));
    } catch (error) {
      return preflightFailure(error, destination.place, 'destination');
    }
  }
  return told;
}

/**
 * What is shown at the source and would not be at a destination. What stands there already is not brought, and may be
 * another signature under the same tag, or none that can be read: it is verified there as well.
 */
async function judgeArrival(
  destination: DestinationPreview,
  {preview, toJudge, gated}: Arriving,
): Promise<Told[]> {
  const {place} = destination;
  // without attachments it was decided that the image goes alone
  if (preview.attachments.length === 0 || !(await policyOf([place], gated)).asks) return [];
  const {claims} = await toJudge.evidence();
  if (coming(claims, destination).length === claims.length) return [];
  const after = await evidenceAfter(destination, toJudge);
  const [before, then] = await Promise.all([
    judge([place], toJudge, gated),
    judge([place], {...toJudge, evidence: () => Promise.resolve(after)}, gated),
  ]);
  const lost = then.filter(({passed}, i) => !passed && before[i]?.passed === true);
  return labelled(lost, `${preview.planned.label} at ${place.label}`).map((one) => ({
    ...one,
    wanted: `${one.wanted}, there as well; --overwrite replaces what stands there`,
  }));
}

/** What there will be at a destination: what stands there, and what is brought. */
async function evidenceAfter(
  destination: DestinationPreview,
  {root, evidence}: ImageToJudge,
): Promise<Evidence> {
  const there = await gatherEvidence(destination.target, root.descriptor.digest);
  if (destination.missingAttachments.length === 0) return there;
  const {claims} = await evidence();
  return {...there, claims: [...there.claims, ...coming(claims, destination)]};
}

/** The claims that are brought to a destination, as they are not there. */
function coming(claims: readonly Claim[], {missingAttachments}: DestinationPreview): readonly Claim[] {
  const brought = new Set(missingAttachments.map(({attachment}) => attachment.graph.root.descriptor.digest));
  return claims.filter(({manifest}) => brought.has(manifest));
}

const labelled = (results: readonly RuleResult[], label: string): Told[] =>
  results.map((result) => ({...result, label}));

/** An image where it is, and what was signed about it; read when it is asked for. */
interface ImageToJudge {
  readonly source: Source;
  readonly root: Manifest;
  readonly evidence: () => Promise<Evidence>;
}

/** An image at its source, with what is attached to it there and, as far as that was found, at other sources. */
function imageToJudge(
  source: Source,
  root: Manifest,
  attached: readonly SourcedAttachment[] = [],
): ImageToJudge {
  let read: Promise<Evidence> | undefined;
  const others = new Set(attached.map((one) => one.source).filter((one) => one !== source));
  return {source, root, evidence: () => (read ??= evidenceAt(source, [...others], root))};
}

/** Whether all is told is asked of the image's own source; the others only add to it. */
async function evidenceAt(
  own: Source,
  others: readonly Source[],
  {descriptor: {digest}}: Manifest,
): Promise<Evidence> {
  const [told, ...more] = await Promise.all([
    gatherEvidence(own, digest),
    ...others.map((source) => gatherEvidence(source, digest)),
  ]);
  return {
    ...told,
    claims: [told, ...more].flatMap(({claims}) => claims),
    unreadable: [told, ...more].flatMap(({unreadable}) => unreadable),
  };
}

/** Judges an image by what these places demand of it. */
async function judge(places: readonly Place[], toJudge: ImageToJudge, gated: Gated): Promise<RuleResult[]> {
  const {tenant, fromStage, demands, now} = gated;
  const {source, root, evidence} = toJudge;
  const {trust, requirements, asks} = await policyOf(places, gated);
  return evaluate(requirements, {
    digest: root.descriptor.digest,
    fromStage,
    tenant: tenant ?? undefined,
    evidence: asks ? await evidence() : {claims: [], unreadable: []},
    signers: openSigners(trust, demands),
    facts: imageFacts(source, root),
    now,
  });
}

/** What the places demand, and whether what others signed is asked for. */
async function policyOf(places: readonly Place[], {demands}: Gated): Promise<Policy & {asks: boolean}> {
  const required = new Set(places.flatMap((one) => demands.requiredBy(one)));
  const policy = await readPolicy(demands.trust, [...required]);
  return {...policy, asks: policy.requirements.some(({rules}) => rules.some((rule) => 'by' in rule))};
}

function refusalOf(
  results: readonly Told[],
  override: string | undefined,
  emit: PromotionListener,
): CorectlError | undefined {
  const failed = results.filter(({passed}) => !passed);
  for (const result of failed)
    if (result.mode === 'warn' || override !== undefined)
      emit({kind: 'warning', message: formatResult(result)});
  const enforced = failed.filter(({mode}) => mode === 'enforce');
  if (enforced.length === 0 || override !== undefined) return undefined;
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
