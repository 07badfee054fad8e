// What must be true of every run, whatever state things were in and whatever went wrong.
import {expect} from 'chai';
import type {Digest} from '../../../src/lib/oci/digest.ts';
import {referrersTag} from '../../../src/lib/distribution/referrers-tag.ts';
import {contentsOf, missingBelow, partsOf, type Contents} from './contents.ts';
import {referrersIn} from './images.ts';
import type {Told} from './run.ts';
import {isLater, type Spot, type Stand, type World} from './world.ts';

/** What all repositories of a world hold at a moment. */
export interface Moment {
  readonly source: Contents;
  /** By registry. */
  readonly destinations: ReadonlyMap<string, Contents>;
}

/** Looks at all repositories of a world. */
export async function momentOf({registries}: Stand, {source, destinations}: World): Promise<Moment> {
  const at = ({registry, path}: Spot) => contentsOf(registries.get(registry)!.storage, path);
  const contents = destinations.map(async (spot) => [spot.registry, await at(spot)] as const);
  return {source: await at(source), destinations: new Map(await Promise.all(contents))};
}

/** A run: what was before and after it, and what it told. */
export interface Run {
  readonly before: Moment;
  readonly after: Moment;
  /** More than one when several were under way at once. */
  readonly told: readonly Told[];
  /** Whether nothing interfered with it. */
  readonly clean: boolean;
}

/** Raises what of a run may not be: at the source, at each destination, and in what was told of it. */
export function judge(world: World, run: Run): void {
  expectUnchanged(run.before.source, run.after.source, 'the source');
  for (const {registry} of world.destinations) {
    const one: Destination = {
      world,
      registry,
      source: run.before.source,
      before: run.before.destinations.get(registry)!,
      after: run.after.destinations.get(registry)!,
      isSigned: world.referrers && !run.told.some(({unsigned}) => unsigned),
    };
    expectNothingGone(one);
    expectNothingStrange(one);
    for (const name of [world.tag, ...world.floating])
      if (one.after.tags.get(name) !== one.before.tags.get(name)) expectComplete(one, name);
    for (const told of run.told) expectTrue(one, told, run);
  }
  for (const told of run.told) expectExitCode(world, told, run);
}

/** A third run finds nothing to do. */
export function judgeIdle(world: World, {before, after, told: [told]}: Run, writes: readonly string[]): void {
  expect(writes, `writes of a run that has nothing to do: ${writes.slice(0, 12).join(' ')}`).to.deep.equal(
    [],
  );
  for (const {registry} of world.destinations)
    expectUnchanged(before.destinations.get(registry)!, after.destinations.get(registry)!, registry);
  const statuses = new Set([...told!.destinations.values()].map(({status}) => status));
  expect([...statuses], 'of a run that has nothing to do').to.deep.equal(['up-to-date']);
}

/**
 * The exit code, and 0 where all that failed is that a tag which floats was moved by someone else right after it was
 * written: that is told, and is as good as the other order.
 */
export function codeBeside({floating}: World, {exitCode, destinations}: Told): number {
  const errors = [...destinations.values()].flatMap(({error}) => error ?? []);
  const isOvertaken = errors.every(
    ({code, message}) =>
      code === 'digest-mismatch' && floating.some((name) => message.includes(`read back, ${name} is`)),
  );
  return exitCode === 1 && isOvertaken ? 0 : exitCode;
}

/** How two promotions of different images ended, and what the repositories hold then. */
export interface Outcome {
  readonly exitCodes: readonly number[];
  readonly moment: Moment;
}

/**
 * Two promotions at once end as they would one after the other, in one of both orders. A tag that floats may be at either
 * image: nobody can compare and set a tag. What a promotion that failed has copied is a matter of chance.
 */
export function judgeBeside(world: World, both: Outcome, orders: readonly Outcome[]): void {
  const roots = new Set<Digest | undefined>([world.image.root, world.beside!.image.root]);
  for (const [registry, {tags}] of both.moment.destinations) {
    const known = orders.map(({moment}) => moment.destinations.get(registry)!.tags);
    for (const name of world.floating)
      expect(
        roots.has(tags.get(name)) || known.some((other) => other.get(name) === tags.get(name)),
        `${registry}:${name}`,
      ).to.equal(true);
  }
  const shown = shownOf(world, both);
  expect(
    orders.map((order) => shownOf(world, order)),
    'of both orders',
  ).to.deep.include(shown);
}

function shownOf(world: World, {exitCodes, moment}: Outcome): unknown {
  const contents = [world, world.beside!].map(({image}) => image.contents);
  const ofImages = (digest: Digest) => contents.some(({manifests}) => manifests.has(digest));
  const good = exitCodes.every((code) => code === 0);
  const repositories = [...moment.destinations].map(([registry, {manifests, blobs, tags}]) => ({
    registry,
    tags: [...tags]
      .filter(([name]) => !world.floating.includes(name) || name === world.tag)
      .map(([name, digest]) => `${name} ${isList(name) ? listed(manifests.get(digest)).join() : digest}`)
      .sort(),
    content: good && [...[...manifests.keys()].filter(ofImages), ...blobs].sort(),
  }));
  return {exitCodes, repositories};
}

/** Whether a tag is one of referrers. */
const isList = (name: string): boolean => /^sha\d+-[0-9a-f]{64}$/.test(name);

const listed = (list: {readonly bytes: Buffer} | undefined): Digest[] =>
  list === undefined ? [] : partsOf(list.bytes).manifests.toSorted();

interface Destination {
  readonly world: World;
  readonly registry: string;
  readonly source: Contents;
  readonly before: Contents;
  readonly after: Contents;
  /** Whether signatures are to come, too. */
  readonly isSigned: boolean;
}

function expectUnchanged(before: Contents, after: Contents, where: string): void {
  const shown = ({manifests, blobs, tags}: Contents) => [
    `manifests ${[...manifests.keys()].sort().join()}`,
    `blobs ${[...blobs].sort().join()}`,
    ...[...tags].map(([name, digest]) => `${name} ${digest}`).sort(),
  ];
  expect(shown(after).join('\n'), `what is at ${where}`).to.equal(shown(before).join('\n'));
}

function expectNothingGone(one: Destination): void {
  const {registry, before, after} = one;
  const manifests = [...before.manifests].filter(
    ([digest, {bytes}]) => after.manifests.get(digest)?.bytes.equals(bytes) !== true,
  );
  expect(digestsOf(manifests), `manifests gone or changed at ${registry}`).to.deep.equal([]);
  const blobs = [...before.blobs].filter((digest) => !after.blobs.has(digest));
  expect(blobs, `blobs gone at ${registry}`).to.deep.equal([]);
  const moved = [...before.tags].filter(
    ([name, digest]) => after.tags.get(name) !== digest && !mayMove(one, name, digest),
  );
  expect(moved, `tags moved at ${registry}`).to.deep.equal([]);
}

const digestsOf = (entries: readonly (readonly [Digest, unknown])[]): Digest[] =>
  entries.map(([digest]) => digest);

/** Whether a tag that stood may stand elsewhere now. */
function mayMove({world, before, after}: Destination, name: string, digest: Digest): boolean {
  if (name === world.tag) return world.overwrite;
  const newer = [...before.tags].some(([other, at]) => isLater(other, world.tag) && at === digest);
  if (world.floating.includes(name)) return world.overwrite || !newer;
  if (/\.(?:sig|att)$/.test(name)) return world.overwrite;
  // a list of referrers grows
  const [was, is] = [before.manifests.get(digest), after.manifests.get(after.tags.get(name)!)];
  const now = new Set(partsOf(is!.bytes).manifests);
  return isList(name) && partsOf(was!.bytes).manifests.every((entry) => now.has(entry));
}

/** What came is the image's, its signatures' and their lists. */
function expectNothingStrange({world, registry, before, after}: Destination): void {
  const {image} = world;
  const strange = [...after.blobs].filter(
    (digest) => !before.blobs.has(digest) && !image.contents.blobs.has(digest),
  );
  expect(strange, `blobs at ${registry}`).to.deep.equal([]);
  const lists = new Set([...referrersIn(image.contents).keys()].map(referrersTag));
  for (const [name, digest] of after.tags) {
    if (before.tags.has(name)) continue;
    const isWanted = name === world.tag || world.floating.includes(name);
    const isOfSignatures = image.contents.tags.get(name) === digest || lists.has(name as never);
    expect(isOfSignatures || (isWanted && digest === image.root), `${name} at ${registry}`).to.equal(true);
  }
}

/** A tag that was written is complete with all that the source has of what refers to it. */
function expectComplete({world, registry, source, after, isSigned}: Destination, name: string): void {
  const {root} = world.image;
  expect(after.tags.get(name), `${registry}:${name}, written`).to.equal(root);
  expect(missingBelow(after, root), `missing below ${registry}:${name}`).to.deep.equal([]);
  if (isSigned) expectSigned({world, registry, source, after, isVerified: true}, root);
}

interface Signed extends Pick<Destination, 'world' | 'registry' | 'source' | 'after'> {
  /** Whether the signatures have to be complete, not only listed. */
  readonly isVerified: boolean;
}

function expectSigned(one: Signed, subject: Digest): void {
  const {world, registry, source, after, isVerified} = one;
  for (const suffix of ['.sig', '.att']) {
    const name = `${referrersTag(subject)}${suffix}`;
    const signature = source.tags.get(name);
    if (signature === undefined) continue;
    const here = after.tags.get(name);
    expect(here, `${registry}:${name}`).not.to.equal(undefined);
    if (here === signature && isVerified)
      expect(missingBelow(after, signature), `missing below ${registry}:${name}`).to.deep.equal([]);
  }
  const listed = listedAt(world.source.registry, source, subject);
  const here = listedAt(registry, after, subject);
  for (const referrer of listed) {
    expect(here, `referrers of ${subject} at ${registry}`).to.include(referrer);
    if (isVerified)
      expect(
        missingBelow(after, referrer),
        `missing below the referrer ${referrer} at ${registry}`,
      ).to.deep.equal([]);
    expectSigned(one, referrer);
  }
  const manifest = after.manifests.get(subject);
  for (const child of manifest ? partsOf(manifest.bytes).manifests : []) expectSigned(one, child);
}

/** What a client is told to refer to the subject. */
function listedAt(registry: string, contents: Contents, subject: Digest): readonly Digest[] {
  if (registry !== 'us') return referrersIn(contents).get(subject) ?? [];
  const list = contents.tags.get(referrersTag(subject));
  return list === undefined ? [] : partsOf(contents.manifests.get(list)!.bytes).manifests;
}

/** What is told of a destination is what happened there. */
function expectTrue(one: Destination, told: Told, {told: all, clean}: Run): void {
  const {world, registry, before, after} = one;
  const {status, error, contentVerified} = told.destinations.get(registry)!;
  const what = `${registry}, told to be ${status} (${error?.message ?? 'no error'})`;
  const {root} = world.image;
  const [was, is] = [before.tags.get(world.tag), after.tags.get(world.tag)];
  if (status === 'promoted' || status === 'up-to-date') {
    expect(is, what).to.equal(root);
    if (contentVerified === true || was !== root) expectComplete(one, world.tag);
    else if (one.isSigned) expectSigned({...one, isVerified: false}, root);
    expect(error, what).to.equal(null);
  } else if (all.length === 1) {
    if (status !== 'skipped') expect(error, what).not.to.equal(null);
    if (clean) expect(is, what).to.equal(was);
  }
  if (all.length > 1) return;
  if (status === 'up-to-date' || status === 'conflict') expectUnchanged(before, after, what);
  if (status === 'conflict')
    expect(was !== undefined && was !== root && !world.overwrite, what).to.equal(true);
}

function expectExitCode(world: World, {exitCode, destinations}: Told, {before, clean, told}: Run): void {
  const all = [...destinations.values()];
  const what = `the exit code of ${all.map(({status, error}) => `${status} ${error?.message ?? ''}`).join('; ')}`;
  const good = all.every(({status}) => status === 'promoted' || status === 'up-to-date');
  expect(exitCode === 0, what).to.equal(good);
  const conflicts = [...before.destinations.values()].some(({tags}) =>
    isConflict(world, tags.get(world.tag)),
  );
  if (exitCode === 4) expect(conflicts, what).to.equal(true);
  const {manifests, tags} = before.source;
  const isWhole = [...world.image.contents.manifests.keys()].every((digest) => manifests.has(digest));
  const isHere = isWhole && (world.form === 'manifests' || tags.has(world.tag));
  if (exitCode === 3) expect(isHere, what).to.equal(false);
  if (!clean || told.length > 1) return;
  expect([0, 1, 3, 4, 5], what).to.include(exitCode);
  const hasAll = isHere && [...world.image.contents.blobs].every((digest) => before.source.blobs.has(digest));
  const keeps = world.keepGoing && world.form !== 'manifests';
  if (hasAll) expect(exitCode, what).to.equal(conflicts ? (keeps ? 1 : 4) : 0);
}

const isConflict = ({image, overwrite}: World, there: Digest | undefined): boolean =>
  there !== undefined && there !== image.root && !overwrite;
