import type {Problem, Stage} from '../model.ts';
import type {YamlFile} from './yaml.ts';

/** A stage, and whether its file names its successors. */
export interface StageEdges {
  readonly stage: Stage;
  readonly ownNext: boolean;
}

/**
 * The stages without the successors that do not exist or lead back, so that every path ends; each cycle is one problem,
 * at a `next` that is part of it, and concerns every stage from which a way leads back to it through that cycle.
 */
export function breakCycles(
  edges: ReadonlyMap<string, StageEdges>,
  file: YamlFile,
): {stages: Map<string, Stage>; problems: Problem[]} {
  const next = new Map(
    [...edges.values()].map(({stage}) => [stage.name, stage.next.filter((one) => edges.has(one))]),
  );
  const whole = new Map(next);
  const problems: Problem[] = [];
  for (let cycle = findCycle(next); cycle !== undefined; cycle = findCycle(next)) {
    const {from, to} = edgeToCut(cycle, edges);
    next.set(
      from,
      (next.get(from) ?? []).filter((one) => one !== to),
    );
    problems.push({
      ...file.origin(['p2p', from, 'next', edges.get(from)?.stage.next.indexOf(to) ?? 0]),
      message: `expected a path that ends, found a cycle: ${[...cycle, cycle[0]].join(' → ')}`,
      concerns: leadingBack(cycle[0] ?? '', whole).map((name) => ({kind: 'stage', name})),
    });
  }
  const stages = [...edges].map(([name, {stage}]) => [name, withNext(stage, next.get(name) ?? [])] as const);
  return {stages: new Map(stages), problems};
}

function withNext(stage: Stage, next: readonly string[]): Stage {
  const brokenNext = stage.next.filter((name) => !next.includes(name));
  return {...stage, next, ...(brokenNext.length > 0 && {brokenNext})};
}

/** All that lie on a cycle with this one: cutting one cycle may end others that have a step in common with it. */
function leadingBack(name: string, next: ReadonlyMap<string, readonly string[]>): string[] {
  return [...reachedFrom(name, next)].filter((one) => reachedFrom(one, next).has(name));
}

function reachedFrom(name: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const ahead = [name];
  for (let one = ahead.pop(); one !== undefined; one = ahead.pop()) {
    for (const following of next.get(one) ?? []) {
      if (!reached.has(following)) ahead.push(following);
      reached.add(following);
    }
  }
  return reached;
}

/** The names along a cycle, if there is one. */
function findCycle(next: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(name)) return trail.slice(trail.indexOf(name));
    if (done.has(name)) return undefined;
    for (const one of next.get(name) ?? []) {
      const cycle = visit(one, [...trail, name]);
      if (cycle !== undefined) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of next.keys()) {
    const cycle = visit(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** The last step of the cycle that a file names itself: the standard order alone makes no cycle. */
function edgeToCut(cycle: readonly string[], edges: ReadonlyMap<string, StageEdges>) {
  const steps = cycle.map((from, index) => ({from, to: cycle[(index + 1) % cycle.length] ?? from}));
  const named = steps.filter(({from}) => edges.get(from)?.ownNext === true);
  return named.at(-1) ?? {from: cycle[0] ?? '', to: ''};
}
