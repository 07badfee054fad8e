import type {ImagePlace} from '../access/place.ts';
import {questionsAbout, readAttachments, type Attachment} from '../copy/attachments.ts';
import {readGraph, type Graph} from '../copy/graph.ts';
import type {Source} from '../copy/source.ts';
import {exitCodes, type CorectlError} from '../errors.ts';
import type {PromotionListener} from './events.ts';
import {preflightFailure} from './failures.ts';
import type {PlannedImage} from './plan.ts';
import {within} from './within.ts';

/** An image, and the source that has it. */
export interface FoundImage {
  readonly source: Source;
  readonly place: ImagePlace;
  readonly graph: Graph;
}

/** A planned image, and where it may be read. */
export interface Sourced {
  readonly planned: PlannedImage;
  readonly sources: readonly {readonly place: ImagePlace; readonly source: Source}[];
  /** Milliseconds for all that one of them is asked. */
  readonly limit: number;
}

export interface ReadOptions {
  /** Whether signatures and other attachments are read, too. */
  readonly referrers: boolean;
  readonly emit: PromotionListener;
}

/** The image and what is attached to it; the destinations can be asked as soon as the first is known. */
export interface SourceReading {
  readonly image: Promise<{readonly found?: FoundImage; readonly error?: CorectlError}>;
  readonly attachments: Promise<{readonly list?: readonly Attachment[]; readonly error?: CorectlError}>;
  /** What the sources have that refers to the image, where they have lost the image itself and a destination has it. */
  readonly remains: (graph: Graph) => Promise<Remains>;
}

interface Remains {
  /** An image that its source has lost, with the source that has what refers to it. */
  readonly found: FoundImage;
  readonly list?: readonly Attachment[];
  readonly error?: CorectlError;
}

/**
 * Begins to read an image at its source, and then what is attached to it. What fails is in the result, told by the source;
 * rejects for nothing else but bugs.
 */
export function readSource(sourced: Sourced, options: ReadOptions): SourceReading {
  const {planned, limit} = sourced;
  const image = findImage(sourced, options.emit);
  const attachedTo = async (found: FoundImage): SourceReading['attachments'] => {
    if (!options.referrers) return {list: []};
    try {
      const list = await within(limit, (bound) =>
        readAttached(planned, {...found, source: found.source.until(bound)}, options.emit),
      );
      return {list};
    } catch (error) {
      return {error: preflightFailure(error, found.place, 'source')};
    }
  };
  let remains: Promise<Remains> | undefined;
  return {
    image,
    attachments: image.then(({found}) => (found === undefined ? {} : attachedTo(found))),
    remains: (graph) => (remains ??= remainsAt(sourced.sources, graph, attachedTo)),
  };
}

/** Asks the sources one after another, up to the first that has something or fails. */
async function remainsAt(
  sources: Sourced['sources'],
  graph: Graph,
  attachedTo: (found: FoundImage) => SourceReading['attachments'],
): Promise<Remains> {
  let last: Remains | undefined;
  for (const one of sources) {
    const found = {...one, graph};
    last = {found, ...(await attachedTo(found))};
    if (last.list?.length !== 0) break;
  }
  if (last === undefined) throw new Error('an image without a source');
  return last;
}

/** The image at the first of its sources that has it. A source that fails is no word that the image is missing. */
async function findImage(
  {planned, sources, limit}: Sourced,
  emit: PromotionListener,
): SourceReading['image'] {
  const failures: CorectlError[] = [];
  for (const {source, place} of sources) {
    try {
      const graph = await within(limit, (bound) =>
        readImage(planned, {source: source.until(bound), place}, emit),
      );
      return {found: {source, place, graph}};
    } catch (error) {
      failures.push(preflightFailure(error, place, 'source'));
    }
  }
  const [first] = failures;
  const error = failures.find(({exitCode}) => exitCode !== exitCodes.imageNotFound) ?? first;
  return error === undefined ? {} : {error};
}

async function readImage(
  planned: PlannedImage,
  {source, place}: Pick<FoundImage, 'source' | 'place'>,
  emit: PromotionListener,
): Promise<Graph> {
  const root = await source.resolve(place.tagOrDigest);
  const {digest} = root.descriptor;
  emit({kind: 'resolved', image: planned.label, digest, reference: place.reference});
  if (root.untrue !== undefined) {
    const message = `${planned.label}: the source calls it ${root.untrue}; what it sends is ${digest}`;
    emit({kind: 'warning', message});
  }
  source.expect(root.children.length + questionsAbout * (1 + root.children.length));
  const graph = await readGraph(source, root);
  warnOfForeign(planned, graph, emit);
  return graph;
}

/** What is left behind, a line each: whoever may push may have a list show thousands. */
const strayLines = 5;

async function readAttached(
  planned: PlannedImage,
  {source, graph}: FoundImage,
  emit: PromotionListener,
): Promise<readonly Attachment[]> {
  const {list, refused, strays} = await readAttachments(source, graph);
  if (refused !== undefined) {
    emit({
      kind: 'warning',
      message: `${planned.label}: the source does not tell what refers to it: ${refused.message}`,
    });
  }
  for (const stray of strays.slice(0, strayLines))
    emit({kind: 'warning', message: `${planned.label}: ${stray}: it is left behind`});
  if (strays.length > strayLines)
    emit({kind: 'warning', message: `${planned.label}: ${strays.length - strayLines} more are left behind`});
  return list;
}

function warnOfForeign(planned: PlannedImage, {foreign}: Graph, emit: PromotionListener): void {
  if (foreign.length === 0) return;
  const layers = foreign.length === 1 ? '1 layer' : `${foreign.length} layers`;
  emit({
    kind: 'warning',
    message: `${planned.label}: ${layers} may not be distributed and stay where they are (foreign layers)`,
  });
}
