import {environmentsOf, type Place} from '../access/place.ts';
import {CorectlError} from '../errors.ts';
import {gatherEvidence} from '../evidence/evidence.ts';
import type {Envelope} from '../evidence/dsse.ts';
import {isDigest} from '../oci/digest.ts';
import {isNamedBy} from '../oci/manifest.ts';
import {formatRepository} from '../oci/reference.ts';
import {bundleArtifact, unsignedArtifact, type Artifact} from '../record/artifact.ts';
import {tellsOfPromotionTo, historyOf} from '../record/history.ts';
import {
  destinationLimit,
  promotionIn,
  promotionPredicate,
  type DestinationRecord,
  type PlaceRecord,
  type Promotion,
} from '../record/promotion.ts';
import type {RecordSigner} from '../record/signer.ts';
import {promotionStatement} from '../record/statement.ts';
import {writeAttestationTag, writeReferrer} from '../record/write.ts';
import type {DestinationRun} from './destination-run.ts';
import {isInterruption, preflightFailure} from './failures.ts';
import {ruleReport, type Judgement} from './judgement.ts';
import type {DestinationPreview} from './destination-preview.ts';
import type {ImagePreview} from './preflight.ts';
import type {Recorder} from './recorder.ts';

/** How promotions are recorded, and what is known of them that no plan says. */
export interface Recording {
  /** Absent for records that nobody signs. */
  readonly signer?: RecordSigner | undefined;
  /** Also under cosign's `.att` tag. */
  readonly attestationTag: boolean;
  /** Destinations of one record; as many as its readers take unless told otherwise. */
  readonly destinationsAtMost?: number;
  readonly about: Pick<Promotion, 'tenant' | 'fromStage' | 'environments' | 'startedAt' | 'promoter' | 'run'>;
}

/**
 * Writes a statement of the promotion of each image, the same bytes at every destination. Where there are more destinations
 * than one statement may name there are several, each at those that it names. A record is wanted wherever a tag is written;
 * where nothing else is to be done, an older one that says the same is enough.
 */
export function recorder(recording: Recording): Recorder {
  const statements = new Map<DestinationRun, Promise<Statement>>();
  // two tags of one image are two records of one subject, and some registries keep these in one list
  const lists = new Map<string, Promise<void>>();
  return {
    look: (images) => Promise.all(images.map((image) => lookAround(image, recording))),
    begin(runs, judgement) {
      const parts = wantingByImage(runs).flatMap((its) => inParts(its, recording.destinationsAtMost));
      for (const part of parts) {
        const statement = statementOf(part, judgement, recording);
        // whoever writes it tells what keeps it from being signed
        statement.catch(() => undefined);
        for (const run of part) statements.set(run, statement);
      }
    },
    async write(run) {
      const {record, target} = run.preview;
      const statement = statements.get(run);
      if (record !== 'wanted' || statement === undefined) return;
      const key = `${target.key} ${run.found.graph.root.descriptor.digest}`;
      const before = lists.get(key) ?? Promise.resolve();
      const written = before.then(async () => writeTo(run, await statement, recording));
      lists.set(
        key,
        written.catch(() => undefined),
      );
      await written;
    },
  };
}

async function lookAround(image: ImagePreview, recording: Recording): Promise<ImagePreview> {
  const destinations = await Promise.all(image.destinations.map((one) => withRecord(one, recording)));
  return {...image, destinations};
}

async function withRecord(preview: DestinationPreview, recording: Recording): Promise<DestinationPreview> {
  const {place, state, image, existingDigest, extraTags} = preview;
  if (image === undefined || (state !== 'ready' && state !== 'up-to-date')) return preview;
  const moves = !isNamedBy(image.graph.root, existingDigest);
  if (moves || extraTags.some(({action}) => action === 'write')) return {...preview, record: 'wanted'};
  try {
    return {...preview, record: (await isRecorded(preview, recording)) ? 'there' : 'wanted'};
  } catch (error) {
    const failure = preflightFailure(error, place, 'destination');
    return {...preview, state: isInterruption(failure) ? 'skipped' : 'failed', error: failure};
  }
}

/** Whether a record by whom records are made now says that the image was promoted there. */
async function isRecorded({target, place, image}: DestinationPreview, {signer}: Recording): Promise<boolean> {
  const digest = image?.graph.root.descriptor.digest;
  if (digest === undefined) return false;
  const {claims} = await gatherEvidence(target, digest);
  const records = await historyOf(claims, digest, signer?.known ?? new Map());
  const counting = signer === undefined ? records.map((one) => ({...one, verifiedBy: 'anyone'})) : records;
  return placesOf(place).every((one) => tellsOfPromotionTo(counting, one));
}

/** The runs that a record is wanted for, those of one image together. */
function wantingByImage(runs: readonly DestinationRun[]): DestinationRun[][] {
  const found = new Map<ImagePreview, DestinationRun[]>();
  for (const run of runs.filter(({preview}) => preview.record === 'wanted'))
    found.set(run.image, [...(found.get(run.image) ?? []), run]);
  return [...found.values()];
}

/** Runs of an image in parts of so many destinations, in their order; one repository that is more than that alone is a part. */
function inParts(runs: readonly DestinationRun[], atMost = destinationLimit): DestinationRun[][] {
  const parts: DestinationRun[][] = [];
  let room = 0;
  for (const run of runs) {
    const count = placesOf(run.preview.place).length;
    const part = count <= room ? parts.at(-1) : undefined;
    if (part === undefined) parts.push([run]);
    else part.push(run);
    room = (part === undefined ? atMost : room) - count;
  }
  return parts;
}

/** What is written at every destination of an image. */
interface Statement {
  readonly artifact: Artifact;
  readonly envelope?: Envelope | undefined;
}

async function statementOf(
  runs: readonly DestinationRun[],
  judgement: Judgement | undefined,
  {signer, about}: Recording,
): Promise<Statement> {
  const [first] = runs as [DestinationRun, ...DestinationRun[]];
  const {root, manifests} = first.found.graph;
  const digests = [...new Set([root, ...manifests].map(({descriptor}) => descriptor.digest))];
  const promotion = promotionOf(runs, judgement, about);
  refuseUnreadable(promotion);
  const statement = promotionStatement(digests, promotion);
  if (signer === undefined) return {artifact: unsignedArtifact(statement, root.descriptor)};
  const {envelope, bundle} = await signer.sign(statement);
  return {artifact: bundleArtifact(bundle, root.descriptor), envelope};
}

function promotionOf(
  runs: readonly DestinationRun[],
  judgement: Judgement | undefined,
  about: Recording['about'],
): Promotion {
  const [first] = runs as [DestinationRun, ...DestinationRun[]];
  const {planned} = first.image;
  const tags = runs.flatMap(({preview: {place, extraTags}}) => [
    ...(isDigest(place.tagOrDigest) ? [] : [place.tagOrDigest]),
    ...extraTags.filter(({action}) => action !== 'kept').map(({tag}) => tag),
  ]);
  const [source] = placesOf(first.found.place) as [PlaceRecord, ...PlaceRecord[]];
  return {
    ...about,
    image: planned.image.name,
    tags: [...new Set(tags)],
    source,
    destinations: runs.flatMap(({preview}) => destinationsOf(preview)),
    policy: policyOf(first.image, judgement),
  };
}

/** What was demanded of an image, and found. */
function policyOf(image: ImagePreview, judgement: Judgement | undefined): Promotion['policy'] {
  const results = judgement?.verdicts.get(image) ?? [];
  return {
    ...(judgement?.override !== undefined && {override: judgement.override}),
    results: results.map((result) => {
      const {rule, at, mode, passed, found} = ruleReport(result);
      return {rule, at, mode, passed, found};
    }),
  };
}

/** Where it goes, and what stood there under the tags that move. */
function destinationsOf({place, existingDigest, extraTags, image}: DestinationPreview): DestinationRecord[] {
  const own = isDigest(place.tagOrDigest) ? [] : [{tag: place.tagOrDigest, existingDigest}];
  const before = [...own, ...extraTags.filter(({action}) => action === 'write')].flatMap((one) =>
    one.existingDigest === undefined || image === undefined || isNamedBy(image.graph.root, one.existingDigest)
      ? []
      : [[one.tag, one.existingDigest] as const],
  );
  return placesOf(place).map((one) => ({
    ...one,
    ...(before.length > 0 && {before: Object.fromEntries(before)}),
  }));
}

/** A place as records name it: once for each of its environments. */
export function placesOf(place: Place): PlaceRecord[] {
  const names = environmentsOf(place).map(({name}) => name);
  const [stage, name] = [place.stage ?? '', formatRepository(place.repository)];
  return (names.length > 0 ? names : [place.label]).map((environment) => ({environment, stage, name}));
}

/** A record that its own readers would pass over is none. */
function refuseUnreadable(predicate: Promotion): void {
  if (promotionIn({subjects: new Set(), predicateType: promotionPredicate, predicate}) !== undefined) return;
  throw new CorectlError({
    code: 'unreadable-record',
    message: 'the record of this promotion would be larger than records may be',
    suggestions: ['promote to fewer environments at once, with fewer tags'],
  });
}

async function writeTo(
  run: DestinationRun,
  {artifact, envelope}: Statement,
  {attestationTag}: Recording,
): Promise<void> {
  const {target, image} = run.preview;
  await writeReferrer(target, artifact);
  if (attestationTag && envelope !== undefined && image !== undefined)
    await writeAttestationTag(target, image.graph.root.descriptor.digest, envelope);
  run.recorded(artifact.manifest.descriptor.digest);
}
