import type {EventFields} from '../../promotion/event-shapes.ts';
import type {DestinationKey, PromotionEvent, PromotionListener} from '../../promotion/events.ts';

/** Milliseconds between two lines about the bytes that leave for one destination: each 64 KiB of them is an event. */
const sentEvery = 1000;

/** Tells what happens during a promotion as lines; bytes that leave are summed up. `now` tells milliseconds. */
export function tellingLines(line: (fields: EventFields) => void, now: () => number): PromotionListener {
  const sums = new Map<string, {bytes: number; told: number}>();
  const tellSum = (key: DestinationKey): void => {
    const sum = sums.get(idOf(key));
    if (sum === undefined || sum.bytes === 0) return;
    line({kind: 'sent', ...at(key), bytes: sum.bytes});
    sums.set(idOf(key), {bytes: 0, told: now()});
  };
  return (event) => {
    if (event.kind === 'sent') {
      const {bytes, told} = sums.get(idOf(event)) ?? {bytes: 0, told: now()};
      sums.set(idOf(event), {bytes: bytes + event.bytes, told});
      if (now() - told >= sentEvery) tellSum(event);
      return;
    }
    if (event.kind === 'tagging' || event.kind === 'done') tellSum(event);
    line(fieldsOf(event));
  };
}

const idOf = ({image, environment, stage, tag}: DestinationKey): string =>
  JSON.stringify([image, environment, stage, tag]);

const at = ({image, environment, stage, tag}: DestinationKey) =>
  ({side: 'destination', image, environment, stage, tag}) as const;

/** Field by field: what an event gets for the screen alone does not become part of the contract. */
function fieldsOf(event: Exclude<PromotionEvent, {kind: 'sent'}>): EventFields {
  switch (event.kind) {
    case 'planned': {
      const {kind, dryRun, destinations} = event;
      return {
        ...{kind, dryRun},
        destinations: destinations.map(({image, environment, stage, tag, reference}) => ({
          ...{image, environment, stage, tag, reference},
        })),
      };
    }
    case 'resolved': {
      const {kind, image, digest, reference} = event;
      return {kind, side: 'source', image, digest, reference};
    }
    case 'checked': {
      const {kind, existing, missing, missingBytes} = event;
      return {kind, ...at(event), existing, missing, missingBytes};
    }
    case 'copying':
    case 'tagging':
      return {kind: event.kind, ...at(event)};
    case 'blob':
      return {kind: 'blob', ...at(event), how: event.how, bytes: event.bytes};
    case 'done':
      return {kind: 'done', ...at(event), result: event.result};
    case 'warning':
      return {kind: 'warning', message: event.message};
  }
}
