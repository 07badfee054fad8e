import type {ImagePlace} from '../access/place.ts';
import {questionsAbout} from '../copy/attachments.ts';
import {readGraph, type Graph} from '../copy/graph.ts';
import type {Source} from '../copy/source.ts';
import {exitCodes, type CorectlError} from '../errors.ts';
import type {PromotionListener} from './events.ts';
import {preflightFailure} from './failures.ts';
import type {PlannedImage} from './planning/plan.ts';
import {attachmentsAt, type AttachmentsRead} from './source-attachments.ts';
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
  readonly attachments: Promise<Partial<AttachmentsRead>>;
  /** What the sources have that refers to the image, where they have lost the image itself and a destination has it. */
  readonly remains: (graph: Graph) => Promise<Remains>;
}

interface Remains extends AttachmentsRead {
  /** An image that its sources have lost, with the first that has what refers to it. */
  readonly found: FoundImage;
}

/**
 * Begins to read an image at its source, and then what is attached to it. What fails is in the result, told by the source;
 * rejects for nothing else but bugs.
 */
export function readSource(sourced: Sourced, {referrers, emit}: ReadOptions): SourceReading {
  const {planned, sources, limit} = sourced;
  const image = findImage(sourced, emit);
  const search = {label: planned.label, limit, emit};
  const attachedTo = (graph: Graph, asked: Sourced['sources']) =>
    referrers ? attachmentsAt(asked, graph, search) : {list: []};
  let remains: Promise<Remains> | undefined;
  return {
    image,
    attachments: image.then(({found}) =>
      found === undefined ? {} : attachedTo(found.graph, askedOf(sourced, found)),
    ),
    remains: (graph) => (remains ??= remainsOf(graph, sources, attachedTo(graph, sources))),
  };
}

/** Who is asked what is attached to an image: the source that has it, and the others where that is wanted. */
function askedOf({planned, sources}: Sourced, {source}: FoundImage): Sourced['sources'] {
  const others = planned.attachedAnywhere === true ? sources : [];
  return [
    ...sources.filter((one) => one.source === source),
    ...others.filter((one) => one.source !== source),
  ];
}

async function remainsOf(
  graph: Graph,
  sources: Sourced['sources'],
  reading: AttachmentsRead | Promise<AttachmentsRead>,
): Promise<Remains> {
  const read = await reading;
  const has = ({source}: Pick<FoundImage, 'source'>) => read.list?.some((one) => one.source === source);
  const place = sources.find(has) ?? sources[0];
  if (place === undefined) throw new Error('an image without a source');
  return {...read, found: {...place, graph}};
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

function warnOfForeign(planned: PlannedImage, {foreign}: Graph, emit: PromotionListener): void {
  if (foreign.length === 0) return;
  const layers = foreign.length === 1 ? '1 layer' : `${foreign.length} layers`;
  emit({
    kind: 'warning',
    message: `${planned.label}: ${layers} may not be distributed and stay where they are (foreign layers)`,
  });
}
