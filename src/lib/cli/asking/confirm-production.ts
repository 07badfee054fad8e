import {environmentsOf} from '../../access/place.ts';
import {CorectlError, exitCodes} from '../../errors.ts';
import {printable} from '../../printable.ts';
import type {Plan} from '../../promotion/planning/plan.ts';
import {ask} from '../../ui/ask.ts';
import {count} from '../../ui/count.ts';
import type {BaseCommand} from '../base-command.ts';
import {somebodyIsThere} from './somebody-there.ts';

export interface ConfirmationFlags {
  readonly quiet: boolean;
  readonly yes?: boolean | undefined;
}

/**
 * Has a person who looks on agree before environments of tier prod are written to; nobody else is asked. Raises
 * `interrupted` for every answer but yes.
 */
export async function confirmProduction(
  command: BaseCommand,
  plan: Plan,
  {quiet, yes = false}: ConfirmationFlags,
): Promise<void> {
  if (yes || !somebodyIsThere(command, quiet)) return;
  const places = productionIn(plan);
  if (places.length === 0) return;
  const answer = await ask(`${questionOf(plan, places)} [y/N] `, command.interruption());
  if (/^y(?:es)?$/i.test(answer)) return;
  throw new CorectlError({
    code: 'interrupted',
    message: 'not confirmed: nothing was written',
    suggestions: ['--yes goes on without being asked'],
    exitCode: exitCodes.interrupted,
  });
}

/** The environments of tier prod that the plan writes to, and their stages. */
function productionIn({images}: Plan): {readonly name: string; readonly stage: string}[] {
  const all = images.flatMap(({destinations}) =>
    destinations.flatMap((place) =>
      environmentsOf(place)
        .filter(({tier}) => tier === 'prod')
        .map(({name}) => ({name, stage: place.stage ?? ''})),
    ),
  );
  return [...new Map(all.map((one) => [`${one.stage} ${one.name}`, one])).values()];
}

function questionOf({images}: Plan, places: ReturnType<typeof productionIn>): string {
  const [first] = images;
  const what = images.length === 1 && first !== undefined ? first.label : count(images.length, 'image');
  const stages = [...new Set(places.map(({stage}) => stage))].join(' and ');
  const names =
    places.length > namedAtMost
      ? count(places.length, 'environment')
      : places.map(({name}) => name).join(', ');
  return `promote ${printable(what)} to ${printable(stages)} in ${printable(names)} (tier prod)?`;
}

/** More names than these do not fit into a question. */
const namedAtMost = 8;
