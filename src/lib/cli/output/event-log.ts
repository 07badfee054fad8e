import {closeSync, openSync, readSync, statSync} from 'node:fs';
import {openLineFile} from './line-file.ts';
import {tellingLines} from './event-lines.ts';
import {unwritable} from './outputs.ts';
import {CorectlError, exitCodes} from '../../errors.ts';
import {jsonLine, printable} from '../../printable.ts';
import type {EventFields} from '../../promotion/event-shapes.ts';
import type {PromotionListener} from '../../promotion/events.ts';
import {usageError} from '../../usage-error.ts';

/** What happens during a command, as newline-delimited JSON. */
export interface EventLog {
  readonly listener: PromotionListener;
  /** Writes the last line; resolves to why the lines are not complete, if so. */
  end(document: Ended): Promise<CorectlError | undefined>;
}

/** As much of a document as the last line needs. */
type Ended = object & {readonly exitCode: number};

export interface EventLogOptions {
  /** `p2p promote` */
  readonly command: string;
  readonly version: string;
  /** What the last line holds where the process ends at once. */
  readonly endedAtOnce: () => Ended;
  /** Told once of what keeps the lines from being written; the promotion goes on. */
  readonly tell: (failure: CorectlError) => void;
}

/** Opens what --events names: a file, a pipe, or `-` for stdout. Raises `output` (exit code 2) for what cannot be opened or holds something else. */
export function openEventLog(
  place: string,
  {command, version, endedAtOnce, tell}: EventLogOptions,
): EventLog {
  let failure: CorectlError | undefined;
  const file = opened(place, (error) => {
    failure = incomplete(place, error);
    // Node's own word for stdout is told by whoever watches it
    if (place !== '-' || error.code === 'EPIPE') tell(failure);
  });
  const line = (fields: EventFields) => {
    file.write(textOf(fields));
  };
  const atExit = () => {
    file.writeLast(textOf(lastLine(endedAtOnce())));
  };
  process.once('exit', atExit);
  line({kind: 'started', command, version});
  return {
    listener: tellingLines(line, () => performance.now()),
    end: async (document) => {
      process.off('exit', atExit);
      line(lastLine(document));
      await file.close();
      return failure;
    },
  };
}

function opened(place: string, tell: (error: NodeJS.ErrnoException) => void) {
  try {
    if (holdsOther(place)) throw notEvents(place);
    return openLineFile(place, tell);
  } catch (error) {
    if (error instanceof CorectlError) throw error;
    throw unwritable(nameOf(place), error as NodeJS.ErrnoException).with({
      suggestions: [
        'nothing was done; name a file that this user may write, a pipe that somebody reads, or - for stdout',
      ],
      exitCode: exitCodes.usage,
    });
  }
}

/** Whether a file that is there holds anything but events: it may be the very plan or list that is read next. */
function holdsOther(place: string): boolean {
  const status = statSync(place, {throwIfNoEntry: false});
  if (place === '-' || status?.isFile() !== true || status.size === 0) return false;
  const handle = openSync(place, 'r');
  try {
    const start = Buffer.alloc(firstBytes.length);
    readSync(handle, start);
    return start.toString() !== firstBytes;
  } finally {
    closeSync(handle);
  }
}

/** What each line begins with. */
const firstBytes = '{"corectlEvent":';

const notEvents = (place: string): CorectlError =>
  usageError('output', `${printable(place)} holds something else than events, and is not written over`, [
    'nothing was done; name another file for the events, or remove that one',
  ]);

const textOf = (fields: EventFields): string =>
  jsonLine({corectlEvent: 1, time: new Date().toISOString(), ...fields});

const lastLine = (document: Ended): EventFields => ({
  ...{kind: 'ended', exitCode: document.exitCode},
  document: {...document},
});

const incomplete = (place: string, error: NodeJS.ErrnoException): CorectlError =>
  unwritable(nameOf(place), error).with({
    suggestions: ['the promotion goes on without them; its report tells all that was done'],
  });

const nameOf = (place: string): string => `the events in ${place === '-' ? 'stdout' : place}`;
