import {sample, type Sandbox} from './sandbox.ts';
import {sandboxEnvironments} from './sample-repository.ts';
import {failed, places, verifyEverywhere} from './verify.ts';

/** A command of the tour. */
export interface TourStep {
  /** What it shows, a sentence without its full stop. */
  readonly title: string;
  readonly args: readonly string[];
  /** Whether no registry may have been written to by it. */
  readonly readsOnly?: boolean;
}

export interface TourOptions {
  /** Runs corectl with the arguments and lets its output be seen; resolves to its exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The commands to try, in order. */
export function stepsOf({repository}: Pick<Sandbox, 'repository'>): TourStep[] {
  const promote = [
    'p2p',
    'promote',
    `${sample.name}:${sample.tag}`,
    '--tenant',
    sample.tenant,
    '--from-stage',
  ];
  return [
    {
      title: 'Clone and check the environments repository',
      args: ['init', '--environments-repo', repository],
      readsOnly: true,
    },
    {
      title: 'See the path to production',
      args: ['p2p', 'stages', '--tenant', sample.tenant],
      readsOnly: true,
    },
    {
      title: 'See what a promotion would do',
      args: [...promote, 'fast-feedback', '--dry-run'],
      readsOnly: true,
    },
    {
      title: 'Promote within one registry: blobs are mounted, none is copied',
      args: [...promote, 'fast-feedback'],
    },
    {
      title: 'Promote again: there is nothing left to do',
      args: [...promote, 'fast-feedback'],
      readsOnly: true,
    },
    {
      title: 'Promote to both production registries, reading the source once',
      args: [...promote, 'extended-test'],
    },
  ];
}

/**
 * Takes the steps one after the other, then reads everything back. Returns what was found to hold; raises
 * `sandbox-failed` (exit code 1) at the first step that ends otherwise or writes where it should not.
 */
export async function takeTour(sandbox: Sandbox, {run, print, signal}: TourOptions): Promise<string> {
  for (const step of stepsOf(sandbox)) {
    signal.throwIfAborted();
    print(`\n# ${step.title}\n$ ${commandLine(step)}\n`);
    const before = writes(sandbox);
    const code = await run(step.args);
    signal.throwIfAborted();
    if (code !== 0) throw failed(`"${commandLine(step)}" ended with exit code ${code}, expected 0`);
    const written = writes(sandbox) - before;
    if (step.readsOnly && written > 0)
      throw failed(`"${commandLine(step)}" wrote to a registry ${written} times`);
  }
  const compared = await verifyEverywhere(sandbox);
  return `Verified: ${sample.name}:${sample.tag} is the same at all ${places.length} places, ${compared} digests compared byte for byte.`;
}

/** The step as one types it. */
export const commandLine = ({args}: TourStep): string => ['corectl', ...args].join(' ');

/** Requests so far that can change a registry. */
function writes({registries}: Sandbox): number {
  const reading = new Set(['GET', 'HEAD']);
  const requests = sandboxEnvironments.flatMap((name) => registries[name].log.requests());
  return requests.filter(({method}) => !reading.has(method)).length;
}
