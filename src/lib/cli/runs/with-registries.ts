import {Connection} from '../../access/connection.ts';
import type {RegistryPlace} from '../../access/place.ts';
import {identitiesFor, type IdentityOf, type Parties, type Surroundings} from '../../access/identities.ts';
import {tellerOn} from '../../credentials/teller.ts';
import type {Identity} from '../../distribution/credential.ts';
import {homeDirectory} from '../../environments/home.ts';
import type {Side} from '../../errors.ts';
import type {PromotionListener} from '../../promotion/events.ts';
import {fold} from '../../ui/runner/github-annotations.ts';
import {drawsOn, promotionListener, type Progress} from '../../ui/progress/progress.ts';
import type {BaseCommand} from '../base-command.ts';
import {authOverridesOf, type AuthOverrideFlags} from '../flags/auth-overrides.ts';
import {consentsOf} from '../flags/consents.ts';
import type {NetworkFlags} from '../flags/network-flags.ts';
import {tuningWhenLarge} from '../output/large-streams.ts';
import {onGitHub} from '../output/github.ts';
import {writeCommand} from '../output/guarded-output.ts';
import {networkSettings} from '../flags/network-settings.ts';
import {ratesOf} from '../flags/rate-flags.ts';
import {shardOf} from '../flags/shard-flags.ts';

/** What a command has at hand while it talks to registries. */
export interface Registries<Who extends Identity = Identity> {
  readonly connection: Connection;
  readonly identityOf: (place: RegistryPlace, side: Side) => Who;
  /** Takes what happens, for whoever looks on; a command without progress shows warnings alone. */
  readonly emit: PromotionListener;
  readonly signal: AbortSignal;
}

export interface RegistriesOptions<Who extends Identity> {
  readonly flags: NetworkFlags;
  /** Who corectl is at each place, by what the process offers. */
  readonly identities: (surroundings: Surroundings) => (place: RegistryPlace, side: Side) => Who;
  /** Whether gigabytes are copied: progress is drawn, and the process tuned for it. */
  readonly copies?: boolean;
  /** Nothing is written: destinations are asked for no more than reading. */
  readonly readOnly?: boolean;
  /** Takes what happens besides whoever draws it. */
  readonly onEvent?: PromotionListener | undefined;
  /** The most requests in flight to one host. */
  readonly requestsPerHost?: number | undefined;
}

/**
 * Connects to registries as the flags and the process's environment say, runs `use`, and closes the connections and the
 * progress when it ends or is interrupted. Raises `usage` for network settings or consents that make no sense.
 */
export async function withRegistries<Who extends Identity, T>(
  command: BaseCommand,
  options: RegistriesOptions<Who>,
  use: (registries: Registries<Who>) => Promise<T>,
): Promise<T> {
  const {flags, readOnly = false, requestsPerHost} = options;
  const surroundings = await surroundingsOf(command, flags);
  const {wire, consents} = surroundings;
  const identityOf = options.identities(surroundings);
  const signal = command.interruption();
  const {listener: emit, stop} = listenersOf(command, options);
  const warn = (message: string) => {
    emit({kind: 'warning', message});
  };
  const own = {ownFolders: [homeDirectory(process.env)], readOnly, requestsPerHost};
  const connection = new Connection({...wire, ...own, identityOf, consents, warn, signal});
  try {
    const result = await use({connection, identityOf, emit, signal});
    for (const host of wire.rates?.unused ?? []) warn(`--requests-per-second: no request went to ${host}`);
    return result;
  } finally {
    await stop();
    connection.close();
  }
}

/**
 * Who corectl is where the images of these parties are, by the credential files that the flags name. Raises `usage` as
 * authOverridesOf does; what is called with the surroundings raises as identitiesFor does.
 */
export function identitiesBy(
  flags: AuthOverrideFlags,
  parties: Parties,
): (surroundings: Surroundings) => IdentityOf {
  const overrides = authOverridesOf(flags, process.env);
  return (surroundings) => identitiesFor(parties, overrides, surroundings);
}

/** What the flags and the process's environment say of the network, and of whom to be there. */
async function surroundingsOf(command: BaseCommand, flags: NetworkFlags) {
  const {env} = process;
  const trace = (line: string) => {
    command.note(line);
  };
  const rates = ratesOf(flags['requests-per-second'] ?? [], shardOf(flags.shard, env)?.of ?? 1);
  const settings = await networkSettings(env, flags['ca-file']);
  const teller = tellerOn((text) => {
    command.note(text.trimEnd());
  });
  const wire = {...settings, rates, ...(flags.verbose && {trace})};
  return {env, teller, wire, consents: await consentsOf(flags, env)};
}

/** Everyone who is told what happens. */
function listenersOf(
  command: BaseCommand,
  {flags, copies = false, onEvent}: Pick<RegistriesOptions<Identity>, 'flags' | 'copies' | 'onEvent'>,
): Progress {
  const tuning = copies ? tuningWhenLarge() : undefined;
  const progress = copies && !flags.quiet ? drawnProgress(flags.verbose) : warningsAlone(command);
  return {
    ...progress,
    listener: (event) => {
      tuning?.(event);
      progress.listener(event);
      onEvent?.(event);
    },
  };
}

/** Rows on a terminal, unless --verbose writes in between; else lines, which GitHub's log folds away once they are over. */
function drawnProgress(verbose: boolean): Progress {
  const {stderr, env} = process;
  const isTerminal = !verbose && drawsOn(stderr, env);
  const progress = promotionListener({stderr, isTerminal});
  if (isTerminal || !onGitHub(env)) return progress;
  writeCommand(stderr, fold.open('progress'));
  return {
    ...progress,
    stop: async () => {
      await progress.stop();
      writeCommand(stderr, fold.close);
    },
  };
}

function warningsAlone(command: BaseCommand): Progress {
  return {
    listener: (event) => {
      if (event.kind === 'warning') command.noteWarning(event.message);
    },
    stop: () => Promise.resolve(),
  };
}
