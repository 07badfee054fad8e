// A world's promotion, in the form that it has, as a user would have it.
import {Connection} from '../../../src/lib/access/connection.ts';
import type {Environment, Model, Origin} from '../../../src/lib/environments/model.ts';
import {CorectlError} from '../../../src/lib/errors.ts';
import {parseImageName} from '../../../src/lib/oci/reference.ts';
import {edgesOf} from '../../../src/lib/promoter-manifests/edges.ts';
import {plainManifest} from '../../../src/lib/promoter-manifests/load.ts';
import {runManifests} from '../../../src/lib/promoter-manifests/run.ts';
import {planExplicit} from '../../../src/lib/promotion/planning/explicit-plan.ts';
import type {PromotionEvent} from '../../../src/lib/promotion/events.ts';
import {planPromotion, type Naming, type Plan} from '../../../src/lib/promotion/planning/plan.ts';
import {reportOf} from '../../../src/lib/promotion/report-of-run.ts';
import {runPlan} from '../../../src/lib/promotion/run.ts';
import {entry, nobodyAt, registriesText} from '../manifests.ts';
import type {Spot, Stand, World} from './world.ts';

/** What a run said of itself. */
export interface Told {
  readonly exitCode: number;
  /** By registry. */
  readonly destinations: ReadonlyMap<string, ToldOfDestination>;
  /** Whether it warned that the source does not tell what refers to the image. */
  readonly unsigned: boolean;
}

export interface ToldOfDestination {
  readonly status: string;
  readonly error: {readonly code: string; readonly message: string} | null;
  /** Null where the report does not say. */
  readonly contentVerified: boolean | null;
}

/** Runs it, interrupted at some request perhaps. */
export async function run(
  stand: Stand,
  world: World,
  {signal}: {readonly signal?: AbortSignal} = {},
): Promise<Told> {
  const connection = new Connection({
    identityOf: nobodyAt,
    retries: {attempts: 2, delay: 1},
    ...(world.onSockets ? {proxyAgent: () => stand.agent} : {request: stand.direct.request}),
    signal,
  });
  const {referrers, verifyContent, overwrite, allOrNothing, keepGoing} = world;
  let unsigned = false;
  const emit = (event: PromotionEvent) => {
    unsigned ||= event.kind === 'warning' && event.message.includes('does not tell what refers to it');
  };
  const options = {referrers, verifyContent, concurrency: 4, signal, emit};
  try {
    if (world.form === 'manifests') {
      const {edges} = edgesOf(manifestOf(stand, world));
      const {exitCode, edges: told} = await runManifests(edges, connection, {
        ...options,
        manifests: [],
        confirm: true,
      });
      const destinations = told.map((edge) => ({...edge, contentVerified: null}));
      return {exitCode, unsigned, destinations: byRegistry(world, destinations)};
    }
    const plan = planOf(stand, world);
    const onTrouble = keepGoing ? 'drop' : 'stop';
    const result = await runPlan(plan, connection, {
      ...options,
      overwrite,
      allOrNothing,
      onTrouble,
      dryRun: false,
    });
    const {exitCode, images} = reportOf(plan, false, result);
    return {exitCode, unsigned, destinations: byRegistry(world, images[0]!.destinations)};
  } finally {
    connection.close();
  }
}

/** A signal, and what aborts it as Ctrl-C does. */
export function interruption(): {signal: AbortSignal; interrupt: () => void} {
  const controller = new AbortController();
  const interrupt = () => {
    controller.abort(new CorectlError({code: 'interrupted', message: 'interrupted', exitCode: 130}));
  };
  return {signal: controller.signal, interrupt};
}

// reports tell the destinations in the order of the plan
function byRegistry(world: World, told: readonly ToldOfDestination[]): Map<string, ToldOfDestination> {
  return new Map(world.destinations.map(({registry}, at) => [registry, told[at]!]));
}

/** `HOST/s1`, above a world's stages. */
function baseOf({registries}: Stand, {registry, path}: Spot): string {
  return `${registries.get(registry)!.host}/${path.split('/')[0]!}`;
}

function planOf(stand: Stand, world: World): Plan {
  const images = [parseImageName(`app:${world.tag}`)];
  const naming: Naming = {tags: world.floating, versionTags: false, versionTemplates: []};
  if (world.form === 'explicit') {
    return planExplicit({
      ...naming,
      images,
      ...{sourceRegistry: baseOf(stand, world.source), sourceStage: 'dev'},
      ...{destRegistry: baseOf(stand, world.destinations[0]!), destStage: 'prod'},
    });
  }
  const request = {...naming, images, tenant: 'payments', fromStage: 'dev', toStages: [], environments: []};
  return planPromotion(modelOf(stand, world), request);
}

const origin: Origin = {file: 'corectl.yaml', line: 1, column: 1, key: ''};

function modelOf(stand: Stand, {source, destinations}: World): Model {
  const environment = (name: string, spot: Spot): [string, Environment] => [
    name,
    {name, enabled: true, origin, registry: {url: baseOf(stand, spot), plainHttp: true}},
  ];
  const targets = destinations.map((spot) => environment(`prod-${spot.registry}`, spot));
  const environments = new Map([environment('dev', source), ...targets]);
  const names = [...environments.keys()];
  const prod = targets.map(([name]) => name);
  return {
    names: {environments: names, enabled: names, stages: ['dev', 'prod']},
    environments,
    tenants: new Map([['payments', {name: 'payments', environments: names, origin}]]),
    stages: new Map([
      ['dev', {name: 'dev', environments: ['dev'], next: ['prod'], origin}],
      ['prod', {name: 'prod', environments: prod, next: [], origin}],
    ]),
    problems: [],
  };
}

function manifestOf(stand: Stand, {tag, image, source, destinations}: World) {
  const registries = [source, ...destinations].map(
    (spot) => `${baseOf(stand, spot)}/${spot.path.split('/')[1]!}`,
  );
  const [from, ...to] = registries as [string, ...string[]];
  const list = entry('app', {[image.root]: [tag]}).replace(/^(?=.)/gm, '  ');
  const text = `${registriesText(from, ...to)}images:\n${list}`;
  const {manifests, problems} = plainManifest('oracle.yaml', () => ({content: text}));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return manifests;
}
