/** One of several processes that carry out a promotion together: `2/4`. */
export interface Shard {
  /** From 1 on. */
  readonly number: number;
  readonly of: number;
}

/** Something that one shard carries out whole. */
export interface Unit {
  /** Unlike every other's. */
  readonly name: string;
  /** Units that have one of these in common stay together: what they read once, and what they write to. */
  readonly ties: readonly string[];
  /** What it costs, in bytes. */
  readonly weight: number;
}

/** Processes that share one promotion: far more than any registry would bear. */
export const mostShards = 10_000;

/** `2/4` */
export const formatShard = ({number, of}: Shard): string => `${number}/${of}`;

/**
 * Which of the units are a shard's, in their order. Each unit is in exactly one shard, whatever the order of the list: those
 * that are tied go together, the heaviest first, each time to the shard that has the least so far. No shard has more than
 * another by more than the heaviest of what goes together (Graham 1969, longest processing time first).
 */
export function shareOf<T extends Unit>(units: readonly T[], {number, of}: Shard): T[] {
  const loads = Array.from({length: of}, () => 0);
  const chosen = new Set<Unit>();
  for (const {weight, members} of bundlesOf(units).sort(heaviestFirst)) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + weight;
    if (least === number - 1) for (const one of members) chosen.add(one);
  }
  return units.filter((one) => chosen.has(one));
}

interface Bundle {
  /** The first of its members' names. */
  readonly name: string;
  readonly weight: number;
  readonly members: readonly Unit[];
}

/** Units that are tied to each other, be it by way of a third. */
function bundlesOf(units: readonly Unit[]): Bundle[] {
  const parents = new Map<string, string>();
  for (const {name, ties} of units) for (const tie of ties) join(parents, unitKey(name), `tie ${tie}`);
  const members = new Map<string, [Unit, ...Unit[]]>();
  for (const unit of units) {
    const root = rootOf(parents, unitKey(unit.name));
    const bundle = members.get(root);
    if (bundle === undefined) members.set(root, [unit]);
    else bundle.push(unit);
  }
  return [...members.values()].map(bundleOf);
}

const unitKey = (name: string): string => `unit ${name}`;

function bundleOf(members: readonly [Unit, ...Unit[]]): Bundle {
  const weight = members.reduce((sum, one) => sum + one.weight, 0);
  const name = members.reduce((first, one) => (one.name < first ? one.name : first), members[0].name);
  return {name, weight, members};
}

/** By names where weights are the same, compared by their characters: no language of a machine has a say in it. */
function heaviestFirst(one: Bundle, other: Bundle): number {
  return other.weight - one.weight || (one.name < other.name ? -1 : 1);
}

function join(parents: Map<string, string>, one: string, other: string): void {
  const [first, second] = [rootOf(parents, one), rootOf(parents, other)];
  if (first !== second) parents.set(second, first);
}

/** Who stands for a set; the way there is shortened for those who ask next. */
function rootOf(parents: Map<string, string>, of: string): string {
  let root = of;
  for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next;
  for (let at = of; at !== root;) {
    const next = parents.get(at) ?? root;
    parents.set(at, root);
    at = next;
  }
  return root;
}
