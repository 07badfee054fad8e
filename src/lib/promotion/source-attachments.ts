import type {ImagePlace} from '../access/place.ts';
import {readAttachments, type SourcedAttachment} from '../copy/attachments.ts';
import type {Graph} from '../copy/graph.ts';
import {containmentOf} from '../copy/signature-tag.ts';
import type {Source} from '../copy/source.ts';
import type {CorectlError} from '../errors.ts';
import {OciError} from '../oci-error.ts';
import {isNamedBy} from '../oci/manifest.ts';
import type {PromotionListener} from './events.ts';
import {preflightFailure} from './failures.ts';
import {within} from './within.ts';

/** What belongs to an image, or why that is not known. */
export interface AttachmentsRead {
  readonly list?: readonly SourcedAttachment[];
  readonly error?: CorectlError;
}

interface AttachmentSearch {
  /** The image's, for messages. */
  readonly label: string;
  /** Milliseconds for all that one source is asked. */
  readonly limit: number;
  readonly emit: PromotionListener;
}

interface AskedSource {
  readonly place: ImagePlace;
  readonly source: Source;
}

/**
 * What belongs to an image at any of its sources, each with where it is read: what several have is read at the first. What
 * fails is in the result, told by its source, as what is not known would be missing without a word; only a source after the
 * first that refuses to tell is a warning. Rejects for nothing else but bugs.
 */
export async function attachmentsAt(
  sources: readonly AskedSource[],
  graph: Graph,
  search: AttachmentSearch,
): Promise<AttachmentsRead> {
  const all = await Promise.all(sources.map((one, i) => readAt(one, graph, {...search, mayRefuse: i > 0})));
  const failed = all.find(({error}) => error !== undefined);
  if (failed !== undefined) return failed;
  const found = all.flatMap(({list = []}) => list);
  return {list: united(found, warningOf(search))};
}

async function readAt(
  {source, place}: AskedSource,
  graph: Graph,
  {mayRefuse, ...search}: AttachmentSearch & {readonly mayRefuse: boolean},
): Promise<AttachmentsRead> {
  try {
    const list = await within(search.limit, (bound) => readAttached(source.until(bound), graph, search));
    return {list: list.map((one) => ({...one, source}))};
  } catch (error) {
    // registries refuse what does not exist, too
    if (!mayRefuse || !isRefusal(error)) return {error: preflightFailure(error, place, 'source')};
    warnOfRefusal(error, search);
    return {list: []};
  }
}

const isRefusal = (error: unknown): error is OciError =>
  error instanceof OciError && (error.status === 401 || error.status === 403);

/** What is left behind, a line each: whoever may push may have a list show thousands. */
const strayLines = 5;

async function readAttached(source: Source, graph: Graph, search: AttachmentSearch) {
  const {list, refused, strays} = await readAttachments(source, graph);
  const warn = warningOf(search);
  if (refused !== undefined) warnOfRefusal(refused, search);
  for (const stray of strays.slice(0, strayLines)) warn(`${stray}: it is left behind`);
  if (strays.length > strayLines) warn(`${strays.length - strayLines} more are left behind`);
  return list;
}

function warnOfRefusal({message}: OciError, search: AttachmentSearch): void {
  warningOf(search)(`the source does not tell what refers to it: ${message}`);
}

/**
 * Each once. A signature tag holds one manifest: where two sources have different ones, that which contains the other, else
 * the first, and the other is told.
 */
function united(
  list: readonly SourcedAttachment[],
  warn: (message: string) => void,
): readonly SourcedAttachment[] {
  const kept = new Map<string, SourcedAttachment>();
  for (const one of list) {
    const {subject, tag, graph, source} = one;
    const key = `${subject} ${tag ?? graph.root.descriptor.digest}`;
    const known = kept.get(key);
    const state = known === undefined ? 'behind' : standingBeside(known, one);
    if (state === 'behind') kept.set(key, one);
    if (state === 'apart')
      warn(`${source.name} has another ${tag} than ${known?.source.name}: ${digestOf(one)} is left behind`);
  }
  return [...kept.values()];
}

const digestOf = ({graph}: SourcedAttachment) => graph.root.descriptor.digest;

/** Whether the first found has all of another one under the same tag. */
function standingBeside(
  known: SourcedAttachment,
  other: SourcedAttachment,
): ReturnType<typeof containmentOf> {
  if (isNamedBy(known.graph.root, digestOf(other))) return 'ahead';
  return containmentOf(known.graph.root, other.graph.root);
}

/** Tells something of the image. */
const warningOf =
  ({label, emit}: AttachmentSearch) =>
  (message: string): void => {
    emit({kind: 'warning', message: `${label}: ${message}`});
  };
