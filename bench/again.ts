import type {Contest, Results} from './contest.ts';
import type {Laboratory} from './laboratory.ts';
import {loadedBy, needless, sentenceOf} from './loaded.ts';
import {contestants, promoteArguments} from './promotion.ts';
import {layeredShape} from './shapes.ts';

/** What three registries hold already, and what the time goes to. */
export async function again(laboratory: Laboratory): Promise<readonly Contest[]> {
  const {node, corectl, folder} = laboratory;
  const promotion = {...laboratory, image: 'layered', shape: layeredShape, stage: 'three'};
  const sides = await contestants(laboratory, {...promotion, again: true});
  const arguments_ = promoteArguments(promotion);
  // the first promotion puts it there, and is the one whose files are looked at: it needs all that a promotion needs
  const loaded = await loadedBy(corectl(...arguments_), folder);
  const {verify} = sides.ours;
  const ours = {
    ...sides.ours,
    verify: async (outputs: readonly string[]) => {
      const found = await verify?.(outputs);
      return {...found, faults: [...(found?.faults ?? []), ...needless(loaded)]};
    },
  };
  const planned = [...arguments_, '--dry-run', '--offline'];
  return [
    {
      title: 'to three again',
      goals: [{of: 'skopeo', in: 'time', atMost: 0.25}],
      ours,
      peers: sides.peers,
      parts: [
        {name: 'node', label: 'node -e 0', runs: [node('-e', '0')]},
        {name: 'plan', label: 'the same with --dry-run --offline', runs: [corectl(...planned)]},
      ],
      notes: (results) => [...whereItGoes(results), `a promotion with Docker's logins ${sentenceOf(loaded)}`],
    },
  ];
}

function whereItGoes({ours, peers, parts}: Results): string[] {
  const [node = 0, plan = 0] = parts.map(({milliseconds}) => milliseconds);
  const time = (milliseconds: number) => `${milliseconds.toFixed(0)} ms`;
  const crane = peers.find(({name}) => name === 'crane');
  const ahead = ours.milliseconds - (crane?.milliseconds ?? 0);
  return [
    `where it goes: ${time(node)} until Node has started, ${time(plan - node)} until corectl has its plan, ` +
      `${time(ours.milliseconds - plan)} for the requests`,
    ...(crane === undefined
      ? []
      : [`${crane.label}: ${time(Math.abs(ahead))} ${ahead > 0 ? 'less' : 'more'} than corectl`]),
  ];
}
