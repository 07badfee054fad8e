import {runCli, startCli} from '../support/cli.ts';
import {remove, temporaryFolder} from '../support/git.ts';
import {judge, momentOf} from '../support/oracle/judge.ts';
import {run} from '../support/oracle/run.ts';
import {makeWorld, openStand, type Spot, type Stand, type World} from '../support/oracle/world.ts';
import {randomFrom} from '../support/random.ts';
import {slowTests} from '../support/slow-tests.ts';

// 200 with CORECTL_SLOW_TESTS=1, or as many as CORECTL_KILL_SEEDS says
const seeds = Number(process.env.CORECTL_KILL_SEEDS ?? (slowTests ? '200' : '12'));

/** Requests of a run, about: it dies at one of them. */
const requests = 50;

describe(`corectl that is killed at a random request, in whatever state things are (${seeds} seeds)`, function () {
  this.timeout(600_000);
  let stand: Stand;
  let home: string;
  before(async () => {
    stand = await openStand();
    home = temporaryFolder();
    // the first start of a build may compile
    await runCli(['--version'], {home});
  });
  after(async () => {
    remove(home);
    await stand.close();
  });

  it('leaves each tag as it was or complete, loses nothing, and is finished by the next run', async () => {
    for (let seed = 1; seed <= seeds; seed += 1) {
      const made = await makeWorld(stand, seed, 'killed');
      const world: World = {...made, form: 'explicit', destinations: made.destinations.slice(0, 1)};
      for (const registry of stand.registries.keys()) stand.weather.be(registry, undefined);
      try {
        await killed(world, Math.floor(randomFrom(seed)() * requests));
        stand.weather.begin();
        const before = await momentOf(stand, world);
        const told = [await run(stand, world)];
        judge(world, {before, told, after: await momentOf(stand, world), clean: true});
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, {cause: error});
      }
    }
  });

  async function killed(world: World, at: number): Promise<void> {
    const before = await momentOf(stand, world);
    const {child, result} = startCli(argumentsOf(world), {home});
    stand.weather.begin({
      strike: ({count}) => {
        if (count === at) child.kill('SIGKILL');
        return undefined;
      },
    });
    await result;
    // what was sent before may still be on its way
    await Promise.all([...stand.registries.values()].map(({log}) => log.idle()));
    judge(world, {before, told: [], after: await momentOf(stand, world), clean: false});
  }

  function argumentsOf({tag, source, destinations: [destination], floating, ...world}: World): string[] {
    return [
      ...['p2p', 'promote', `app:${tag}`],
      ...[`--source-registry=${baseOf(source)}`, '--source-stage=dev'],
      ...[`--dest-registry=${baseOf(destination!)}`, '--dest-stage=prod'],
      ...floating.map((name) => `--tag=${name}`),
      ...(world.overwrite ? ['--overwrite'] : []),
      ...(world.referrers ? [] : ['--no-referrers']),
      ...(world.verifyContent ? ['--verify-content'] : []),
      ...(world.allOrNothing ? ['--all-or-nothing'] : []),
    ];
  }

  const baseOf = ({registry, path}: Spot): string =>
    `${stand.registries.get(registry)!.host}/${path.split('/')[0]!}`;
});
