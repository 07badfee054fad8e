// Environments repositories and requests at random, with faults sprinkled in, and the files that they come to.
import fc from 'fast-check';
import type {Files} from '../../support/git.ts';

/** So far from each other that a slip makes none of them look like another one; but `prod` is as near to one of the last two as to the other. */
export const environmentNames = ['dev', 'staging', 'prod-europe', 'prod-asia'] as const;
/** In an order in which each may lead to the later ones. */
export const stageNames = ['fast-feedback', 'extended-test', 'soak', 'prod'] as const;

export type EnvironmentName = (typeof environmentNames)[number];
export type StageName = (typeof stageNames)[number];

/** A name as it stands in a file. */
export interface Entry<Name extends string> {
  readonly name: Name;
  /** `either` is what prod-europe and prod-asia have in common. */
  readonly slip: 'none' | 'upper' | 'doubled' | 'swapped' | 'either';
}

export interface RandomEnvironment {
  readonly fault: 'none' | 'no file' | 'no registry' | 'bad url' | 'second document' | 'other name';
  /** Whether it has the repository that others have as well. */
  readonly isShared: boolean;
  readonly credentials: boolean;
  readonly plainHttp: boolean;
}

export interface RandomStage {
  readonly key: Entry<StageName>;
  readonly fault: 'none' | 'no list' | 'other key' | 'scalar';
  readonly environments: readonly Entry<EnvironmentName>[];
  readonly next: readonly Entry<StageName>[] | null;
}

export interface RandomRepository {
  readonly fault: 'none' | 'second document' | 'environments.yml';
  readonly environments: Readonly<Partial<Record<EnvironmentName, RandomEnvironment>>>;
  /** Null without environments.yaml. */
  readonly enabled: readonly Entry<EnvironmentName>[] | null;
  readonly stages: readonly RandomStage[];
  readonly tenant: {
    readonly fault: 'none' | 'scalar' | 'org unit';
    readonly environments: readonly Entry<EnvironmentName>[];
  };
}

/** A value, given by a flag or by the variable that stands in for it; empty where it is there and says nothing. */
export interface Given {
  readonly flag: string | null;
  readonly variable: string | null;
}

export const explicitParts = ['sourceRegistry', 'sourceStage', 'destRegistry', 'destStage'] as const;

export interface RandomRequest {
  readonly tenant: Given;
  readonly fromStage: StageName | null;
  readonly toStages: readonly string[];
  readonly environments: readonly string[];
  readonly sourceEnvironment: EnvironmentName | null;
  /** Registries and stages that are named instead of what the repository says. */
  readonly explicit: Readonly<Record<(typeof explicitParts)[number], Given>>;
  readonly images: readonly string[];
  readonly tags: readonly string[];
}

export interface RandomCase {
  readonly repository: RandomRepository;
  readonly request: RandomRequest;
}

/** The first in all but `percent` of the cases: with many faults in one repository each would hide the others. */
const mostly = <Value>(percent: number, first: Value, ...others: Value[]): fc.Arbitrary<Value> =>
  fc.oneof(
    {weight: 100 - percent, arbitrary: fc.constant(first)},
    {weight: percent, arbitrary: fc.constantFrom(...others)},
  );

const slip = mostly<Entry<string>['slip']>(1, 'none', 'upper', 'doubled', 'swapped');
const slipOf = (name: string): fc.Arbitrary<Entry<string>['slip']> =>
  name.startsWith('prod-')
    ? fc.oneof({weight: 25, arbitrary: slip}, {weight: 1, arbitrary: fc.constant('either')})
    : slip;

/** Some of the names, each once, mostly all of them. */
const some = <Name extends string>(names: readonly Name[], minLength = 0): fc.Arbitrary<Name[]> =>
  fc.oneof(
    {weight: 3, arbitrary: fc.constant<Name[]>([...names])},
    {weight: 2, arbitrary: fc.shuffledSubarray([...names], {minLength})},
  );

const entries = <Name extends string>(names: readonly Name[]): fc.Arbitrary<Entry<Name>[]> =>
  some(names).chain((chosen) =>
    fc.tuple(...chosen.map((name) => slipOf(name).map((one) => ({name, slip: one})))),
  );

const environment: fc.Arbitrary<RandomEnvironment> = fc.record({
  fault: mostly<RandomEnvironment['fault']>(
    6,
    'none',
    ...(['no file', 'no registry', 'bad url', 'second document', 'other name'] as const),
  ),
  isShared: mostly(25, false, true),
  credentials: mostly(10, false, true),
  plainHttp: mostly(10, false, true),
});

const stage = (name: StageName, index: number): fc.Arbitrary<RandomStage> =>
  fc.record({
    key: slip.map((one) => ({name, slip: one})),
    fault: mostly<RandomStage['fault']>(3, 'none', 'no list', 'other key', 'scalar'),
    environments: entries(environmentNames),
    // one in sixteen leads anywhere, back to itself perhaps
    next: fc.option(
      fc.oneof(
        {weight: 15, arbitrary: entries(stageNames.slice(index + 1))},
        {weight: 1, arbitrary: entries(stageNames)},
      ),
      {freq: 1},
    ),
  });

const repository: fc.Arbitrary<RandomRepository> = fc.record({
  fault: mostly<RandomRepository['fault']>(3, 'none', 'second document', 'environments.yml'),
  environments: mostly(15, 4, 3, 2)
    .chain((count) => fc.shuffledSubarray([...environmentNames], {minLength: count}))
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, environment])))),
  enabled: fc.option(entries(environmentNames)),
  stages: fc
    .tuple(...stageNames.map((name, index) => fc.option(stage(name, index), {freq: 15})))
    .map((stages) => sameInAll(stages.filter((one) => one !== null))),
  tenant: fc.record({
    fault: mostly<RandomRepository['tenant']['fault']>(3, 'none', 'scalar', 'org unit'),
    environments: entries(environmentNames),
  }),
});

/** What the file calls a stage is its name: no slip but one of the two lists makes a difference. */
function sameInAll(stages: readonly RandomStage[]): RandomStage[] {
  const slipped = new Set(stages.filter(({key}) => key.slip !== 'none').map(({key}) => key.name));
  return stages.map((one) => ({
    ...one,
    next:
      one.next?.map((entry) => (slipped.has(entry.name) ? {...entry, slip: 'none' as const} : entry)) ?? null,
  }));
}

const seldom = <Value>(arbitrary: fc.Arbitrary<Value>, otherwise: Value): fc.Arbitrary<Value> =>
  fc.oneof({weight: 5, arbitrary: fc.constant(otherwise)}, {weight: 1, arbitrary});

const images = [
  'app:1.0',
  'app:2.0',
  'web:1.0',
  `app:1.0@sha256:${'a'.repeat(64)}`,
  `web@sha256:${'b'.repeat(64)}`,
];

const flag = (value: string): Given => ({flag: value, variable: null});
const variable = (value: string): Given => ({flag: null, variable: value});
const nowhere: Given = {flag: null, variable: null};

const tenant = mostly(
  6,
  flag('payments'),
  variable('payments'),
  {flag: 'payments', variable: 'paymentz'},
  {flag: 'paymentz', variable: 'payments'},
  {flag: '', variable: 'payments'},
  variable(''),
  nowhere,
);

/** Mostly as it should be, by whichever of both; without it, twice, or with nothing in it besides. */
const part = (value: string): fc.Arbitrary<Given> =>
  mostly(
    30,
    variable(value),
    flag(value),
    flag(value),
    flag(value),
    {flag: value, variable: 'elsewhere'},
    flag(''),
    variable(''),
    nowhere,
  );

const explicit: fc.Arbitrary<RandomRequest['explicit']> = fc.record({
  // a word alone is a part of a path whose host was forgotten
  sourceRegistry: mostly(3, 'a.example.com', 'a').chain(part),
  sourceStage: part('staging'),
  destRegistry: mostly(3, 'b.example.com:5000/team', 'team').chain(part),
  destStage: part('live/eu'),
});

const derived: RandomRequest['explicit'] = {
  sourceRegistry: nowhere,
  sourceStage: nowhere,
  destRegistry: nowhere,
  destStage: nowhere,
};

/** What both forms have in common. */
const named = {
  images: seldom(fc.shuffledSubarray(images, {minLength: 2, maxLength: 3}), ['app:1.0']),
  tags: seldom<string[]>(fc.shuffledSubarray(['1.0', 'stable'], {minLength: 1}), []),
};

const ofRepository: fc.Arbitrary<RandomRequest> = fc.record({
  ...named,
  tenant,
  fromStage: fc.constantFrom(
    'fast-feedback',
    'extended-test',
    'fast-feedback',
    'extended-test',
    'soak',
    'prod',
  ),
  toStages: seldom<string[]>(fc.shuffledSubarray([...stageNames, 'prodd'], {maxLength: 2}), []),
  environments: seldom<string[]>(
    fc.shuffledSubarray([...environmentNames, 'prod-asiaa'], {maxLength: 2}),
    [],
  ),
  sourceEnvironment: seldom<EnvironmentName | null>(fc.constantFrom(...environmentNames), null),
  explicit: fc.oneof({weight: 15, arbitrary: fc.constant(derived)}, {weight: 1, arbitrary: explicit}),
});

/** Both registries named, and beside them perhaps what belongs to the other form. */
const ofRegistries: fc.Arbitrary<RandomRequest> = fc.record({
  ...named,
  tenant: mostly(30, nowhere, variable('payments'), flag('payments')),
  fromStage: mostly<StageName | null>(5, null, 'extended-test'),
  toStages: mostly<string[]>(5, [], ['prod'], ['']),
  environments: mostly<string[]>(5, [], ['dev'], ['dev', '']),
  sourceEnvironment: mostly<EnvironmentName | null>(5, null, 'dev'),
  explicit,
});

const request: fc.Arbitrary<RandomRequest> = fc.oneof(
  {weight: 6, arbitrary: ofRepository},
  {weight: 1, arbitrary: ofRegistries},
);

export const randomCase: fc.Arbitrary<RandomCase> = fc.record({repository, request});

/** A name as it is written. */
function spelt({name, slip: how}: Entry<string>): string {
  switch (how) {
    case 'none':
      return name;
    case 'upper':
      return name.toUpperCase();
    case 'doubled':
      return `${name}${name.slice(-1)}`;
    case 'either':
      return 'prod';
    case 'swapped':
      return `${name.charAt(1)}${name.charAt(0)}${name.slice(2)}`;
  }
}

/** The files of a repository. */
export function filesOf(given: RandomRepository): Files {
  const {fault, environments, enabled, stages, tenant} = given;
  const enabledFile = fault === 'environments.yml' ? 'environments.yml' : 'environments.yaml';
  const configs = Object.entries(environments).map(([name, one]) =>
    one.fault === 'no file'
      ? [`environments/${name}/README.md`, '']
      : [`environments/${name}/config.yaml`, configOf(name, one)],
  );
  const kind = tenant.fault === 'org unit' ? 'kind: OrgUnit\n' : '';
  return {
    'corectl.yaml': `p2p:\n${stages.map(stageText).join('')}${fault === 'second document' ? '---\nx: y\n' : ''}`,
    ...(enabled === null && fault !== 'environments.yml'
      ? {}
      : {[`environments/${enabledFile}`]: `enabled: ${listed(enabled ?? [])}\n`}),
    ...(Object.fromEntries(configs) as Files),
    'tenants/tenants/payments.yaml':
      tenant.fault === 'scalar'
        ? 'name: payments\nenvironments: dev\n'
        : `name: payments\n${kind}environments: ${listed(tenant.environments)}\n`,
  };
}

function stageText({key, fault, environments, next}: RandomStage): string {
  const name = spelt(key);
  if (fault === 'scalar') return `  ${name}: dev\n`;
  const list =
    fault === 'no list'
      ? ''
      : `${fault === 'none' ? 'default-envs' : 'default-env'}: ${listed(environments)}`;
  return `  ${name}: {${[list, ...(next === null ? [] : [`next: ${listed(next)}`])].filter(Boolean).join(', ')}}\n`;
}

function configOf(name: string, {fault, isShared, credentials, plainHttp}: RandomEnvironment): string {
  const host = fault === 'bad url' ? 'http://x' : `${isShared ? 'shared' : name}.example.com:5000`;
  const settings = [
    `url: "${host}/{tenant}"`,
    ...(credentials ? ['credentials: docker'] : []),
    ...(plainHttp ? ['plainHttp: true'] : []),
  ];
  const registry = fault === 'no registry' ? '' : `registry: {${settings.join(', ')}}\n`;
  const end = fault === 'second document' ? '---\ntier: prod\n' : '';
  return `environment: ${fault === 'other name' ? `${name}-2` : name}\n${registry}${end}`;
}

const listed = (names: readonly Entry<string>[]): string => `[${names.map(spelt).join(', ')}]`;
