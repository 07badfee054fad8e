import type {Destination} from '../access/place.ts';
import {repositoryKey} from '../oci/reference.ts';
import {imagePlace, type Plan, type PlannedImage} from '../promotion/planning/plan.ts';
import type {Edge} from './edges.ts';

export interface EdgePlan {
  readonly plan: Plan;
  /** Which edge a destination of the plan stands for. */
  readonly edges: ReadonlyMap<Destination, Edge>;
}

/**
 * A plan of what manifests promote: one image for each digest and source, read there once for all of its destinations. What
 * is at a destination already stands, whatever became of its source.
 */
export function planEdges(edges: readonly Edge[]): EdgePlan {
  const images = new Map<string, PlannedImage & {destinations: Destination[]}>();
  const byDestination = new Map<Destination, Edge>();
  for (const edge of edges) {
    const key = [...edge.sources.map(({repository}) => repositoryKey(repository)), edge.digest].join(' ');
    const planned = images.get(key) ?? plannedImage(edge);
    const destination = imagePlace(edge.destination, edge.tag ?? edge.digest);
    planned.destinations.push(destination);
    byDestination.set(destination, edge);
    images.set(key, planned);
  }
  const plan = {tenant: null, fromStage: '', images: [...images.values()], leftOut: []};
  return {plan, edges: byDestination};
}

function plannedImage({image, digest, sources}: Edge): PlannedImage & {destinations: Destination[]} {
  const [source, ...otherSources] = sources;
  return {
    image: {name: image, digest},
    // `apple@sha256:0123456789ab`, for progress
    label: `${image}@${digest.slice(0, 19)}`,
    source: imagePlace(source, digest),
    otherSources: otherSources.map((place) => imagePlace(place, digest)),
    // each project signs where it pushes
    attachedAnywhere: true,
    mayBeGone: true,
    destinations: [],
  };
}
