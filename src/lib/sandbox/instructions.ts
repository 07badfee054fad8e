import {sample, type Sandbox} from './sandbox.ts';
import {sandboxEnvironments} from './sample-repository.ts';
import {commandLine, stepsOf} from './tour.ts';

/** What is there and what to type, for whoever tries the sandbox by hand. */
export function instructions(sandbox: Sandbox): string {
  const width = Math.max(...sandboxEnvironments.map((name) => name.length));
  const registries = sandboxEnvironments.map(
    (name) => `  ${name.padEnd(width)}  ${sandbox.registries[name].host}`,
  );
  const steps = stepsOf(sandbox).flatMap((step) => [`  # ${step.title}`, `  ${commandLine(step)}`]);
  return [
    'The sandbox is open: three registries on this machine, each with a login of its own.',
    '',
    ...registries,
    '',
    `Tenant ${sample.tenant} has pushed ${sample.name}:${sample.tag} (linux/amd64, linux/arm64) to ${sample.stage} in dev.`,
    'In another terminal:',
    '',
    ...Object.entries(environmentOf(sandbox)).map(([name, value]) => `  export ${name}=${quoted(value)}`),
    '',
    ...steps,
    '',
    'Ctrl-C ends the sandbox and removes all of it.',
    '',
  ].join('\n');
}

/** The environment variables that make corectl use the sandbox. */
export function environmentOf({home, dockerConfig, registries}: Sandbox): Record<string, string> {
  const hosts = sandboxEnvironments.map((name) => registries[name].host);
  return {CORECTL_HOME: home, DOCKER_CONFIG: dockerConfig, CORECTL_TRUSTED_HOSTS: hosts.join()};
}

/** A path as a shell takes it. */
const quoted = (text: string): string =>
  /^[\w.,:/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
