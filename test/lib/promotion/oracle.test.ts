import {expect} from 'chai';
import {interruption, run, type Told} from '../../support/oracle/run.ts';
import {
  codeBeside,
  judge,
  judgeBeside,
  judgeIdle,
  momentOf,
  type Outcome,
  type Run,
} from '../../support/oracle/judge.ts';
import {makeWorld, openStand, type Stand, type World} from '../../support/oracle/world.ts';

// CORECTL_ORACLE_SEEDS=417 runs one world again, 1-20000 many
const [first, last] = (process.env.CORECTL_ORACLE_SEEDS ?? '1-1000').split('-').map(Number) as [
  number,
  number?,
];

describe(`a promotion of anything in any form, in whatever state things are (seeds ${first} to ${last ?? first})`, function () {
  this.timeout(0);
  let stand: Stand;
  const {stackTraceLimit} = Error;
  before(async () => {
    stand = await openStand();
    // registries answer a third of all requests with an error: looking for where it was raised costs as much as the request
    Error.stackTraceLimit = 0;
  });
  after(() => {
    Error.stackTraceLimit = stackTraceLimit;
    return stand.close();
  });

  it('ends with what is true, loses nothing, tags nothing incomplete, and repeats nothing', async () => {
    const wrong: string[] = [];
    for (let seed = first; seed <= (last ?? first); seed += 1) {
      const world = await makeWorld(stand, seed);
      await through(world)
        .then(() => beside(world))
        .catch((error: unknown) => {
          wrong.push(`seed ${seed} (${shown(world)}): ${String(error)}`);
        });
    }
    expect(
      wrong.slice(0, 10),
      `${wrong.length} worlds, CORECTL_ORACLE_SEEDS=SEED runs one again`,
    ).to.deep.equal([]);
  });

  /** A run that something interferes with, a clean one or two of them at once, and one that finds nothing to do. */
  async function through(world: World): Promise<void> {
    if (world.interference !== undefined) await disturbed(world);
    const clean = await observed(world, () =>
      Promise.all(Array.from({length: world.twice ? 2 : 1}, () => run(stand, world))),
    );
    judge(world, {...clean, clean: true});
    if (!world.again || clean.told.some(({exitCode}) => exitCode !== 0)) return;
    const idle = await observed(world, async () => [await run(stand, world)]);
    judge(world, {...idle, clean: true});
    judgeIdle(world, {...idle, clean: true}, stand.weather.writes);
  }

  async function disturbed(world: World): Promise<void> {
    const {strike, interruptAt} = world.interference!;
    const {signal, interrupt} = interruption();
    stand.weather.begin({
      strike: (about) => {
        if (about.count === interruptAt) interrupt();
        return strike(about);
      },
    });
    const before = await momentOf(stand, world);
    const told = await run(stand, world, {signal});
    // what was sent before the interruption may still be on its way
    await Promise.all(
      [stand.direct, ...[...stand.registries.values()].map(({log}) => log)].map((one) => one.idle()),
    );
    judge(world, {before, after: await momentOf(stand, world), told: [told], clean: false});
    if (signal.aborted && told.exitCode !== 0) expect([130, 1, 3, 4, 5]).to.include(told.exitCode);
  }

  /** Two promotions at once, and each order of them, every time in a world of its own. */
  async function beside({seed, beside: later}: World): Promise<void> {
    if (later === undefined) return;
    const inOrder = async (name: string, isFirst: boolean): Promise<Outcome> => {
      const world = await makeWorld(stand, seed, name);
      const [main, other] = [world, world.beside!];
      const told = new Map<World, Told>();
      for (const one of isFirst ? [main, other] : [other, main]) {
        const {
          told: [only],
          ...around
        } = await observed(one, async () => [await run(stand, one)]);
        judge(one, {...around, told: [only!], clean: true});
        told.set(one, only!);
      }
      const exitCodes = [main, other].map((one) => told.get(one)!.exitCode);
      return {exitCodes, moment: await momentOf(stand, world)};
    };
    const orders = [await inOrder('first', true), await inOrder('second', false)];
    const world = await makeWorld(stand, seed, 'both');
    const {told, after} = await observed(world, () =>
      Promise.all([world, world.beside!].map((one) => run(stand, one))),
    );
    const exitCodes = [world, world.beside!].map((one, at) => codeBeside(one, told[at]!));
    judgeBeside(world, {exitCodes, moment: after}, orders);
  }

  async function observed(world: World, runs: () => Promise<Told[]>): Promise<Omit<Run, 'clean'>> {
    stand.weather.begin();
    const before = await momentOf(stand, world);
    const told = await runs();
    return {before, told, after: await momentOf(stand, world)};
  }
});

/** What a world is like, without what it consists of. */
function shown(world: World): string {
  const {form, overwrite, referrers, verifyContent, allOrNothing, keepGoing, twice, floating, beside} = world;
  const places = [world.source, ...world.destinations].map(({registry}) => registry).join(' ');
  const disturbed = world.interference !== undefined;
  return JSON.stringify({
    form,
    places,
    disturbed,
    overwrite,
    referrers,
    verifyContent,
    allOrNothing,
    keepGoing,
    twice,
    floating,
    beside: beside?.form,
  });
}
