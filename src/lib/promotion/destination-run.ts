import {environmentsOf} from '../access/place.ts';
import {errorReport, type CorectlError} from '../errors.ts';
import type {Arrival} from '../copy/blob-copier.ts';
import type {Missing} from '../copy/missing.ts';
import type {Source} from '../copy/source.ts';
import type {Descriptor} from '../oci/descriptor.ts';
import type {Digest} from '../oci/digest.ts';
import {ociError} from '../oci-error.ts';
import {keyOf, type DestinationKey, type PromotionEvent, type PromotionListener} from './events.ts';
import type {ExtraTag} from './extra-tags.ts';
import {isInterruption, promotionFailure} from './failures.ts';
import type {DestinationPreview} from './destination-preview.ts';
import type {ImagePreview} from './preflight.ts';
import type {FoundImage} from './source-reading.ts';
import type {DestinationReport, DestinationStatus, Tally} from './report.ts';

/** A blob, and where it is read. */
export interface SourcedBlob {
  readonly node: Descriptor;
  readonly source: Source;
}

/** One destination of one image on its way: what it is waiting for, what it received, how it ended. */
export class DestinationRun {
  readonly image: ImagePreview;
  readonly preview: DestinationPreview;
  readonly #emit: PromotionListener;
  readonly #started = performance.now();
  #status: DestinationStatus | undefined;
  #error: CorectlError | undefined;
  readonly #moved = {
    existing: {blobs: 0, bytes: 0},
    mounted: {blobs: 0, bytes: 0},
    copied: {blobs: 0, bytes: 0},
  };
  #attached = 0;
  // most destinations get no extra tag: thousands of them need no map
  #tagged: Map<string, ExtraTag> | undefined;
  #record: Pick<NonNullable<DestinationReport['record']>, 'status' | 'digest'> | undefined;
  #lasted = 0;
  // most destinations have what they are to have: thousands of them need none
  #over: AbortController | undefined;

  constructor(image: ImagePreview, preview: DestinationPreview, emit: PromotionListener) {
    this.image = image;
    this.preview = preview;
    this.#emit = emit;
  }

  /** The blobs of the image and of its attachments that are not there, each once and with where it is read. */
  get missingBlobs(): readonly SourcedBlob[] {
    const {missing, missingAttachments} = this.preview;
    const own = missing.blobs.map((node) => ({node, source: this.found.source}));
    const attached = missingAttachments.flatMap(({attachment: {source}, missing: {blobs}}) =>
      blobs.map((node) => ({node, source})),
    );
    return [...new Map([...attached, ...own].map((one) => [one.node.digest, one])).values()];
  }

  /** Whether the destination was not asked for a blob that is to be brought there. */
  isUnasked(digest: Digest): boolean {
    const parts = this.#missing.filter(({blobs}) => blobs.some((node) => node.digest === digest));
    return parts.every(({unasked}) => unasked === true);
  }

  get #missing(): readonly Missing[] {
    const {missing, missingAttachments} = this.preview;
    return [missing, ...missingAttachments.map((one) => one.missing)];
  }

  get key(): DestinationKey {
    return keyOf(this.image.planned, this.preview.place);
  }

  /** Whether it has come to its end, good or bad. */
  get ended(): boolean {
    return this.#status !== undefined;
  }

  /** Aborted at its end: what is still under way for it is of no use any more. */
  get over(): AbortSignal {
    if (this.#over === undefined) {
      this.#over = new AbortController();
      if (this.ended) this.#over.abort(noMore());
    }
    return this.#over.signal;
  }

  /** What is brought to the destination. To be asked for runs that are ready. */
  get found(): FoundImage {
    if (this.preview.image === undefined) throw new Error('a run without an image');
    return this.preview.image;
  }

  /** Why it ended as it did. */
  get error(): CorectlError | undefined {
    return this.#error;
  }

  get status(): DestinationStatus | undefined {
    return this.#status;
  }

  get failed(): boolean {
    return this.ended && this.#error !== undefined;
  }

  /** Whether the image is where it is to be, or would be. */
  get succeeded(): boolean {
    return this.#status === 'promoted' || this.#status === 'up-to-date' || this.#status === 'would-promote';
  }

  /** Tells that a part of the work begins. */
  tell(kind: 'copying' | 'tagging'): void {
    this.#emit({kind, ...this.key});
  }

  /** Bytes went out, or, where they are negative, have to go out again. */
  sent(bytes: number): void {
    this.#emit({kind: 'sent', bytes, ...this.key});
  }

  /** A blob is there. */
  received(how: Arrival, node: Descriptor): void {
    this.foresee(how, node);
    this.#emit({kind: 'blob', how, bytes: node.size, ...this.key});
  }

  /** Counts a blob by how it gets there: in a dry run, by how it would. */
  foresee(how: Arrival, {digest, size}: Descriptor): void {
    // attachments are counted as such
    if (this.preview.image?.graph.blobs.has(digest) !== true) return;
    this.#moved[how].blobs += 1;
    this.#moved[how].bytes += size;
  }

  /** An attachment is in place. */
  attached(): void {
    this.#attached += 1;
  }

  /** An extra tag is written, or what was to be written is found not to be needed, or to be kept, by now. */
  tagged(extra: ExtraTag): void {
    (this.#tagged ??= new Map<string, ExtraTag>()).set(extra.tag, extra);
  }

  /** Tells of something that is not as it might be expected. */
  warn(message: string): void {
    this.#emit({kind: 'warning', message: `${this.preview.place.label}: ${message}`});
  }

  /** The record of the promotion is in place. */
  recorded(digest: Digest): void {
    this.#record = {status: 'written', digest};
  }

  /** Counts the record that a dry run would write. */
  foreseeRecord(): void {
    if (this.preview.record === 'wanted') this.#record = {status: 'would-write', digest: null};
  }

  /** Counts the attachments that a dry run would bring. */
  foreseeAttachments(): void {
    this.#attached = this.preview.missingAttachments.length;
  }

  /** Ends it; only the first end counts. */
  end(status: DestinationStatus, error?: CorectlError): void {
    if (this.ended) return;
    this.#status = status;
    this.#error = error;
    this.#lasted = performance.now() - this.#started;
    this.#over?.abort(noMore());
    this.#emit({kind: 'done', result: this.report(), ...this.key} satisfies PromotionEvent);
  }

  /** Ends it with what went wrong: `failed`, or `skipped` when the user interrupted. */
  fail(error: unknown): void {
    const failure = promotionFailure(error, {
      source: this.preview.image?.place ?? this.image.planned.source,
      destination: this.preview.place,
    });
    this.end(isInterruption(failure) ? 'skipped' : 'failed', failure);
  }

  /** Its part of the report, as far as it has come. */
  report(): DestinationReport {
    const {place, existingDigest} = this.preview;
    return {
      environment: place.environment?.name ?? null,
      environments: environmentsOf(place).map(({name}) => name),
      stage: place.stage ?? '',
      reference: place.reference,
      status: this.#status ?? 'skipped',
      existingDigest: existingDigest ?? null,
      contentVerified: this.preview.contentVerified,
      ...this.#tallies(),
      referrers: {total: this.image.attachments.length, copied: this.#attached},
      tags: this.preview.extraTags.map((extra) => this.#tagReport(extra)),
      record: this.#recordReport(),
      durationMs: Math.round(this.#lasted),
      error: this.#error === undefined ? null : errorReport(this.#error),
    };
  }

  #recordReport(): DestinationReport['record'] {
    const {record} = this.preview;
    if (record === undefined) return null;
    return this.#record ?? {status: record === 'there' ? 'there' : 'skipped', digest: null};
  }

  #tagReport(planned: ExtraTag): DestinationReport['tags'][number] {
    const done = this.#tagged?.get(planned.tag);
    const {tag, action, existingDigest: before} = done ?? planned;
    const existingDigest = before ?? null;
    if (action !== 'write') return {tag, status: action, existingDigest};
    const undone = this.#status === 'would-promote' ? 'would-write' : 'skipped';
    return {tag, status: done === undefined ? undone : 'written', existingDigest};
  }

  #tallies(): {blobs: Tally; bytes: Tally} {
    const all = [...(this.preview.image?.graph.blobs.values() ?? [])];
    const missing = this.preview.missing.blobs;
    const {existing, mounted, copied} = this.#moved;
    const known = this.preview.state === 'ready' || this.preview.state === 'up-to-date';
    const [total, missingBytes] = [sum(all), sum(missing)];
    return {
      blobs: {
        total: all.length,
        existing: known ? all.length - missing.length + existing.blobs : 0,
        mounted: mounted.blobs,
        copied: copied.blobs,
      },
      bytes: {
        total,
        existing: known ? total - missingBytes + existing.bytes : 0,
        mounted: mounted.bytes,
        copied: copied.bytes,
      },
    };
  }
}

const noMore = (): Error => ociError('interrupted', 'not needed any more');

const sum = (nodes: readonly Descriptor[]): number => nodes.reduce((total, {size}) => total + size, 0);
